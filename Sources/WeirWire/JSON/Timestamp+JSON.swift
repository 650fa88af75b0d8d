import NIOCore
import WeirBytes
import WeirModel

extension ByteBuffer {
    /// Appends a time as JSON carries it: seconds, with as many of three decimals as it needs.
    mutating func writeJSONTimestamp(_ timestamp: Timestamp) {
        let milliseconds = timestamp.millisecondsSinceEpoch
        if milliseconds < 0 { writeInteger(UInt8(ascii: "-")) }
        let (seconds, fraction) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        writeJSONInteger(seconds)
        guard fraction > 0 else { return }
        writeInteger(UInt8(ascii: "."))
        var rest = fraction
        var place: UInt64 = 100
        while rest > 0 {
            writeInteger(UInt8(ascii: "0") + UInt8(rest / place))
            rest %= place
            place /= 10
        }
    }
}

extension Timestamp {
    /// A time by its seconds since 1970, rounded to the millisecond; nil when it is out of range.
    init?(secondsSinceEpoch number: JSONNumber) {
        switch number {
        case .integer(let seconds):
            let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            guard !overflow else { return nil }
            self.init(millisecondsSinceEpoch: milliseconds)
        case .double(let seconds):
            guard let milliseconds = Int64(exactly: (seconds * 1000).rounded()) else { return nil }
            self.init(millisecondsSinceEpoch: milliseconds)
        }
    }
}

extension Timestamp: Codable {
    /// Reads seconds since 1970 with a fraction. ``WireDecoder`` reads times without coming here.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(secondsSinceEpoch: .double(try container.decode(Double.self))) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A time out of range.")
        }
        self = timestamp
    }

    /// Writes seconds since 1970 with a fraction. ``WireEncoder`` writes times without coming here.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(secondsSinceEpoch)
    }
}
