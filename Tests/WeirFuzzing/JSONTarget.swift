import Foundation
import NIOCore
import WeirBytes
import WeirModel
import WeirWire

/// JSON texts, compared with what Foundation makes of them.
public enum JSONTarget: FuzzTarget {
    public static let name = "JSON"

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        let skipped = skip(input)
        switch Result(catching: { () throws(JSONError) in try WireValue(json: input) }) {
        case .success(let value):
            try require(skipped == nil, "read as a value, but refused when skipped: \(String(describing: skipped))")
            try value.checkLimits()
            try compare(value, with: input)
            try checkRoundTrip(value)
        case .failure(let error):
            try require((0...input.readableBytes).contains(error.offset), "an error outside of the text: \(error)")
            // What is skipped is not kept, so it is not counted.
            if error.reason == .tooManyValues { return }
            try require(skipped == error, "refused with \(error), but when skipped: \(String(describing: skipped))")
            guard error.reason != .tooDeep, !isReadAsAnotherEncoding(input), !isCommaAtEnd(error, input) else { break }
            if case .some = try? foundationValue(input) {
                throw FuzzFinding("refused with \(error), but Foundation takes it")
            }
        }
        try checkBase64(input)
    }

    private static func skip(_ input: ByteBuffer) -> JSONError? {
        do throws(JSONError) {
            try JSONScanner.read(input, maximumDepth: Limits.maximumMessageDepth) { (scanner) throws(JSONError) in
                try scanner.skipValue()
                try scanner.finish()
            }
            return nil
        } catch {
            return error
        }
    }

    // MARK: Foundation

    private static func foundationValue(_ input: ByteBuffer) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(input.readableBytesView), options: .fragmentsAllowed)
    }

    /// Foundation takes UTF-16 and UTF-32 too, and a mark of the byte order. RFC 8259 has UTF-8 alone.
    private static func isReadAsAnotherEncoding(_ input: ByteBuffer) -> Bool {
        let start = input.readableBytesView.prefix(4)
        return start.contains(0) || start.starts(with: [0xEF, 0xBB, 0xBF]) || start.starts(with: [0xFE, 0xFF])
            || start.starts(with: [0xFF, 0xFE])
    }

    /// Foundation takes a comma behind the last element. RFC 8259 does not.
    private static func isCommaAtEnd(_ error: JSONError, _ input: ByteBuffer) -> Bool {
        guard error.reason == .unexpectedByte else { return false }
        let byte = input.getInteger(at: input.readerIndex + error.offset, as: UInt8.self)
        return byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    private static func compare(_ value: WireValue, with input: ByteBuffer) throws(FuzzFinding) {
        // Foundation keeps one of the members of the same name, and refuses numbers beyond a double.
        guard value.isComparable, !isReadAsAnotherEncoding(input) else { return }
        let other: Any
        do { other = try foundationValue(input) } catch { throw FuzzFinding("taken, but Foundation refuses: \(error)") }
        try require(value.isEqual(to: other), "read as \(value), by Foundation as \(other)")
    }

    // MARK: Ways back

    /// What is written for a value is read as a value for which the same is written.
    private static func checkRoundTrip(_ value: WireValue) throws(FuzzFinding) {
        var text = ByteBuffer()
        value.writeJSON(to: &text)
        let again: WireValue
        do { again = try WireValue(json: text) } catch { throw FuzzFinding("\(error) in \(String(buffer: text))") }
        var textAgain = ByteBuffer()
        again.writeJSON(to: &textAgain)
        try require(text == textAgain, "\(String(buffer: text)) is written again as \(String(buffer: textAgain))")
    }

    /// A string in base64 is decoded in place as it is when it was read before, and only the one text for some bytes is taken.
    private static func checkBase64(_ input: ByteBuffer) throws(FuzzFinding) {
        guard case .string(let text)? = try? WireValue(json: input) else { return }
        var decoded = ByteBuffer()
        let result = try? JSONScanner.read(input, maximumDepth: 1) { (scanner) throws(JSONError) in
            try scanner.readBase64(into: &decoded)
        }
        let expected = Result { () throws(Base64Error) in try Base64.decode(text) }
        switch (result, expected) {
        case (.success(let count)?, .success(let bytes)):
            try require(count == bytes.readableBytes && decoded == bytes, "base64 in place differs from \(text)")
            try require(Base64.encode(bytes.readableBytesView) == text, "base64 \(text) is not the text for its bytes")
            try require(Data(base64Encoded: text) == Data(bytes.readableBytesView), "base64 \(text) by Foundation")
        case (.failure(let error)?, .failure(let other)):
            try require(error == other && decoded.readableBytes == 0, "base64: \(error) in place, \(other) else")
        default: throw FuzzFinding("base64 in place: \(String(describing: result)), else \(expected)")
        }
    }
}

extension WireValue {
    /// Whether Foundation can have the same value.
    fileprivate var isComparable: Bool {
        switch self {
        case .double(let double): double.isFinite
        case .array(let elements): elements.allSatisfy(\.isComparable)
        case .map(let map):
            Set(map.members.map(\.name)).count == map.members.count && map.members.allSatisfy(\.value.isComparable)
        default: true
        }
    }

    fileprivate func isEqual(to other: Any) -> Bool {
        switch self {
        case .null: other is NSNull
        case .bool(let bool): (other as? NSNumber)?.boolValue == bool
        case .integer(let integer): (other as? NSNumber)?.int64Value == integer
        case .double(let double): (other as? NSNumber).map { double.isNear($0.doubleValue) } ?? false
        case .string(let string): (other as? String).map { Array($0.utf8) == Array(string.utf8) } ?? false
        case .array(let elements):
            (other as? [Any]).map { $0.count == elements.count && zip(elements, $0).allSatisfy { $0.isEqual(to: $1) } }
                ?? false
        case .map(let map):
            (other as? [String: Any]).map { others in
                others.count == map.members.count
                    && map.members.allSatisfy { member in others[member.name].map(member.value.isEqual) ?? false }
            } ?? false
        case .bytes, .timestamp: false
        }
    }
}

extension Double {
    /// Foundation rounds some decimals twice, and cuts long ones off.
    fileprivate func isNear(_ other: Double) -> Bool {
        self == other || abs(self - other) <= abs(self) * 1e-13 || abs(self - other) <= 2 * .leastNonzeroMagnitude
    }
}
