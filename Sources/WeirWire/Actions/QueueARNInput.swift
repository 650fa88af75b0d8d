/// Which queue a call is about.
public struct QueueARNInput: WireMessage, Codable, Hashable {
    /// The ARN of the queue.
    public var queueARN: String?

    /// An input from its members.
    public init(queueARN: String? = nil) {
        self.queueARN = queueARN
    }

    enum CodingKeys: String, CodingKey {
        case queueARN = "QueueARN"
    }
}
