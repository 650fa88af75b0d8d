/// What the service says of a record that it has.
public struct PutReceipt: Hashable, Sendable {
    /// The shard that took it.
    public let shardID: String
    /// Its number in the shard.
    public let sequenceNumber: String
    /// How often it was sent, at least once.
    public let attempts: Int

    /// A receipt from its parts.
    public init(shardID: String, sequenceNumber: String, attempts: Int) {
        self.shardID = shardID
        self.sequenceNumber = sequenceNumber
        self.attempts = attempts
    }
}
