/// Which deliveries become visible, and when.
public struct QueueVisibilityInput: WireMessage, Codable, Hashable {
    /// The ARN of the queue.
    public var queueARN: String?
    /// The deliveries: 1 to 10.
    public var entries: [QueueVisibilityEntry]?

    /// An input from its members.
    public init(queueARN: String? = nil, entries: [QueueVisibilityEntry]? = nil) {
        self.queueARN = queueARN
        self.entries = entries
    }

    enum CodingKeys: String, CodingKey {
        case queueARN = "QueueARN"
        case entries = "Entries"
    }
}
