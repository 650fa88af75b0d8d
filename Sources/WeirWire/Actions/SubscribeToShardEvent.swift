import WeirModel

/// What a subscription gives: records of its shard, and how far it has come.
///
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShardEvent.html
public struct SubscribeToShardEvent: WireMessage, Codable, Hashable {
    /// The records, in order; empty now and then, so that the reader sees that the subscription lives.
    public var records: RecordList
    /// Where to go on after this event, also when it has no records: with `AT_SEQUENCE_NUMBER` or
    /// `AFTER_SEQUENCE_NUMBER`. Nil at the end of a closed shard.
    public var continuationSequenceNumber: String?
    /// How far the event is behind the tip of the shard.
    public var millisBehindLatest: Int
    /// At the end of a closed shard: its children.
    public var childShards: [ChildShard]?

    /// An event from its members.
    public init(
        records: RecordList,
        continuationSequenceNumber: String? = nil,
        millisBehindLatest: Int,
        childShards: [ChildShard]? = nil
    ) {
        self.records = records
        self.continuationSequenceNumber = continuationSequenceNumber
        self.millisBehindLatest = millisBehindLatest
        self.childShards = childShards
    }

    enum CodingKeys: String, CodingKey {
        case records = "Records"
        case continuationSequenceNumber = "ContinuationSequenceNumber"
        case millisBehindLatest = "MillisBehindLatest"
        case childShards = "ChildShards"
    }
}
