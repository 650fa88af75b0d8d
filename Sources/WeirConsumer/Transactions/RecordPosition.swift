import WeirLeases

/// The place of a record in its shard: what a database notes of how far a shard's records took effect in it.
public struct RecordPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The record's sequence number: decimal digits, too many for an integer of 64 bits.
    public var sequenceNumber: String
    /// Its place inside an aggregated record; 0 for a plain one.
    public var subSequenceNumber: Int64

    /// A place from its parts.
    public init(sequenceNumber: String, subSequenceNumber: Int64 = 0) {
        self.sequenceNumber = sequenceNumber
        self.subSequenceNumber = subSequenceNumber
    }

    /// The place of a record.
    public init(_ record: ConsumerRecord) {
        self.init(sequenceNumber: record.sequenceNumber, subSequenceNumber: record.subSequenceNumber)
    }

    public static func < (left: RecordPosition, right: RecordPosition) -> Bool { left.checkpoint < right.checkpoint }

    public var description: String { checkpoint.description }

    private var checkpoint: LeaseCheckpoint {
        .sequenceNumber(sequenceNumber, subSequenceNumber: subSequenceNumber)
    }
}

/// The shard that a database notes a position for.
public struct ShardKey: Hashable, Sendable {
    /// The application.
    public var applicationName: String
    /// The stream.
    public var streamName: String
    /// The shard.
    public var shardID: String

    /// A key from its parts.
    public init(applicationName: String, streamName: String, shardID: String) {
        self.applicationName = applicationName
        self.streamName = streamName
        self.shardID = shardID
    }

    /// The key of the shard that a handler is called for.
    public init(_ shard: ShardContext) {
        self.init(applicationName: shard.applicationName, streamName: shard.streamName, shardID: shard.shardID)
    }
}
