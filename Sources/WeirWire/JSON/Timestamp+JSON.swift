import NIOCore
import WeirBytes
import WeirModel

extension ByteSink {
    /// Appends a time as JSON carries it: seconds, with as many of three decimals as it needs.
    mutating func writeJSONTimestamp(_ timestamp: Timestamp, after name: JSONMemberName? = nil) {
        writeJSONDecimal(timestamp.millisecondsSinceEpoch, places: 3, after: name)
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
