/// What was received.
public struct QueueReceiveOutput: WireMessage, Codable, Hashable {
    /// The records; empty when none was visible.
    public var queueRecords: [QueueRecord]

    /// An output from its members.
    public init(queueRecords: [QueueRecord]) {
        self.queueRecords = queueRecords
    }

    enum CodingKeys: String, CodingKey {
        case queueRecords = "QueueRecords"
    }
}
