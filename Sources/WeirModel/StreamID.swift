import WeirBytes

/// The ID of a stream as the API has it: twenty letters and digits, a hyphen and three more. A stream that was deleted and
/// made again has another.
///
/// The first nine digits (to the base 36) are the stream's creation time, the next eleven its number in the store; the
/// last three are a checksum, so that an ID that was mistyped names no other stream.
///
/// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StreamDescriptionSummary.html
public struct StreamID: Hashable, Sendable, CustomStringConvertible {
    /// When the stream was made.
    public let createdAt: Timestamp
    /// The stream's number in the store.
    public let number: Int64

    /// The ID of a stream by its parts, both not negative.
    public init(createdAt: Timestamp, number: Int64) {
        precondition(createdAt.millisecondsSinceEpoch >= 0 && number >= 0)
        self.createdAt = createdAt
        self.number = number
    }

    /// The ID of a stream.
    public init(_ stream: StreamDescription) { self.init(createdAt: stream.createdAt, number: stream.id) }

    /// An ID as text; nil when it is not one of ours.
    public init?(_ text: String) {
        guard TextPattern.streamID.matches(text) else { return nil }
        let time = text.prefix(Self.timeDigits)
        let number = text.dropFirst(Self.timeDigits).prefix(Self.numberDigits)
        guard let time = Int64(time, radix: 36), let number = Int64(number, radix: 36) else { return nil }
        self.init(createdAt: Timestamp(millisecondsSinceEpoch: time), number: number)
        guard description == text else { return nil }
    }

    public var description: String {
        let body =
            Self.digits(createdAt.millisecondsSinceEpoch, Self.timeDigits) + Self.digits(number, Self.numberDigits)
        var bytes = body
        let checksum = bytes.withUTF8 { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
        return body + "-" + Self.digits(Int64(checksum % 46_656), 3)
    }

    private static let timeDigits = 9
    private static let numberDigits = 11

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number, radix: 36)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text.suffix(count)
    }
}
