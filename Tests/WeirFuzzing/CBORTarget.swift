import NIOCore
import WeirBytes
import WeirModel
import WeirWire

/// CBOR, compared with a reader that does nothing but tell whether it is well-formed.
public enum CBORTarget: FuzzTarget {
    public static let name = "CBOR"

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        let skipped = skip(input)
        let wellFormedness = WellFormedness(Array(input.readableBytesView))
        switch Result(catching: { () throws(CBORError) in try WireValue(cbor: input) }) {
        case .success(let value):
            try require(skipped == nil, "read as a value, but refused when skipped: \(String(describing: skipped))")
            try require(wellFormedness.holds, "taken, but not well-formed")
            try value.checkLimits()
            try checkRoundTrip(value)
        case .failure(let error):
            try require((0...input.readableBytes).contains(error.offset), "an error outside of the bytes: \(error)")
            try require(skipped == error, "refused with \(error), but when skipped: \(String(describing: skipped))")
            switch error.reason {
            // What Weir's messages cannot hold, although it is CBOR.
            case .nameNotText, .unknownSimpleValue, .malformedUTF8, .tooDeep, .tooManyValues: break
            default: try require(!wellFormedness.holds, "refused with \(error), but well-formed")
            }
        }
    }

    private static func skip(_ input: ByteBuffer) -> CBORError? {
        do throws(CBORError) {
            try CBORScanner.read(
                input,
                maximumDepth: Limits.maximumMessageDepth,
                maximumItemCount: Limits.maximumMessageValueCount
            ) { (scanner) throws(CBORError) in
                try scanner.skipValue()
                try scanner.finish()
            }
            return nil
        } catch {
            return error
        }
    }

    /// What is written for a value is read as the same value, and as JSON it is JSON.
    private static func checkRoundTrip(_ value: WireValue) throws(FuzzFinding) {
        var data = ByteBuffer()
        value.writeCBOR(to: &data)
        let again: WireValue
        do { again = try WireValue(cbor: data) } catch {
            throw FuzzFinding("\(error) in what was written for \(value)")
        }
        var dataAgain = ByteBuffer()
        again.writeCBOR(to: &dataAgain)
        try require(data == dataAgain, "\(value) is read back as \(again)")

        var text = ByteBuffer()
        value.writeJSON(to: &text)
        do { _ = try WireValue(json: text) } catch { throw FuzzFinding("\(error) in \(String(buffer: text))") }
    }
}

/// Whether bytes are one well-formed data item, after the algorithm of RFC 8949, appendix C.
private struct WellFormedness {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var holds = false

    /// Deeper than this nobody asks.
    private static let maximumDepth = 300

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        holds = item(depth: 0, isBreakAllowed: false) != nil && position == bytes.count
    }

    /// The major type of the item that was passed; 255 for a break; nil when it is not well-formed.
    private mutating func item(depth: Int, isBreakAllowed: Bool) -> UInt8? {
        guard depth < Self.maximumDepth, let first = take(1) else { return nil }
        let type = UInt8(first >> 5)
        let information = first & 0x1F
        var argument = information
        switch information {
        case 24...27:
            guard let long = take(1 << (information - 24)) else { return nil }
            argument = long
        case 28...30: return nil
        case 31: return indefinite(type, depth, isBreakAllowed)
        default: break
        }
        switch type {
        case 2, 3:
            guard argument <= UInt64(bytes.count - position) else { return nil }
            position += Int(argument)
        case 4, 5:
            // Each item takes a byte at least.
            guard argument <= UInt64(bytes.count - position) else { return nil }
            for _ in 0..<argument * (type == 4 ? 1 : 2) {
                guard item(depth: depth + 1, isBreakAllowed: false) != nil else { return nil }
            }
        case 6: guard item(depth: depth, isBreakAllowed: false) != nil else { return nil }
        case 7: if information == 24, argument < 32 { return nil }
        default: break
        }
        return type
    }

    private mutating func indefinite(_ type: UInt8, _ depth: Int, _ isBreakAllowed: Bool) -> UInt8? {
        switch type {
        case 2, 3:
            while true {
                let isIndefinite = position < bytes.count && bytes[position] & 0x1F == 31 && bytes[position] != 0xFF
                guard !isIndefinite, let chunk = item(depth: depth + 1, isBreakAllowed: true) else { return nil }
                if chunk == 255 { return type }
                guard chunk == type else { return nil }
            }
        case 4, 5:
            while true {
                guard let key = item(depth: depth + 1, isBreakAllowed: true) else { return nil }
                if key == 255 { return type }
                if type == 5, item(depth: depth + 1, isBreakAllowed: false) == nil { return nil }
            }
        case 7: return isBreakAllowed ? 255 : nil
        default: return nil
        }
    }

    private mutating func take(_ count: Int) -> UInt64? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
