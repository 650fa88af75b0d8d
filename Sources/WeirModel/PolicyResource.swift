/// What a resource policy is attached to: a stream, or one of its consumers.
public struct PolicyResource: Hashable, Sendable {
    /// The name of the stream.
    public var stream: String
    /// `NAME:SECOND` of a consumer, as its ARN has it; nil for the stream itself.
    public var consumer: String?

    /// A resource from its parts.
    public init(stream: String, consumer: String? = nil) {
        self.stream = stream
        self.consumer = consumer
    }

    /// The resource of an ARN of a stream or a consumer.
    public init(_ arn: StreamARN) {
        guard let infix = arn.name.firstRange(of: "/consumer/") else {
            self.init(stream: arn.name)
            return
        }
        self.init(
            stream: String(arn.name[..<infix.lowerBound]),
            consumer: String(arn.name[infix.upperBound...])
        )
    }
}
