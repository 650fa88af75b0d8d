/// The queue as it is now.
public struct QueueDescriptionOutput: WireMessage, Codable, Hashable {
    /// The queue.
    public var queueDescription: QueueDescriptionShape

    /// An output from its members.
    public init(queueDescription: QueueDescriptionShape) {
        self.queueDescription = queueDescription
    }

    enum CodingKeys: String, CodingKey {
        case queueDescription = "QueueDescription"
    }
}
