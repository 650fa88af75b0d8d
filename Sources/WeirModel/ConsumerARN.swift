/// The Amazon resource name of a consumer:
/// `arn:aws:kinesis:REGION:ACCOUNT:stream/STREAM/consumer/CONSUMER:SECOND`, with the second since 1970 in which it was
/// registered.
public struct ConsumerARN: Hashable, Sendable, CustomStringConvertible {
    /// The stream that it is registered with.
    public let stream: StreamARN
    /// The name of the consumer.
    public let name: String
    /// When it was registered, in seconds since 1970.
    public let creationSecond: Int64

    /// The ARN of a consumer.
    public init(stream: StreamARN, name: String, creationSecond: Int64) {
        self.stream = stream
        self.name = name
        self.creationSecond = creationSecond
    }

    /// An ARN as text; nil when it is not one of a consumer.
    public init?(_ text: String) {
        guard let separator = text.firstRange(of: Self.infix) else { return nil }
        guard let stream = StreamARN(String(text[..<separator.lowerBound])) else { return nil }
        let parts = text[separator.upperBound...].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]), Self.isName(stream.name[...]) else { return nil }
        guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let second = Int64(parts[1]) else { return nil }
        self.init(stream: stream, name: String(parts[0]), creationSecond: second)
    }

    public var description: String { "\(stream)\(Self.infix)\(name):\(creationSecond)" }

    private static let infix = "/consumer/"

    private static func isName(_ text: Substring) -> Bool { TextPattern.name.matches(String(text)) }
}
