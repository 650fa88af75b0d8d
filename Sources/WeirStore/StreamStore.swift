import NIOCore
import WeirModel

/// A record to append.
public struct NewRecord: Sendable {
    /// The shard that takes it.
    public var shard: ShardID
    /// The data and the partition key as the client gave it; what is absent is stored as empty.
    public let content: RecordContent

    /// The partition key, made a text.
    public var partitionKey: String { content.partitionKey ?? "" }
    /// The data.
    public var data: ByteBuffer { content.data ?? ByteBuffer() }

    /// A record for a shard.
    public init(shard: ShardID, content: RecordContent) {
        self.shard = shard
        self.content = content
    }

    /// A record for a shard.
    public init(shard: ShardID, partitionKey: String, data: ByteBuffer) {
        self.init(shard: shard, content: RecordContent(data: data, partitionKey: partitionKey))
    }
}

/// What became of one record of an append.
public enum AppendResult: Sendable {
    /// It is on disk under this number.
    case appended(SequenceNumber)
    /// Its shard was closed meanwhile, and it was not appended: map it to a shard again and repeat.
    case shardClosed
    /// The throughput of its shard is used up, and it was not appended: repeat it later.
    case throttled
}

/// A place between the records of a shard, resolved: what a shard iterator carries.
public struct ShardPosition: Hashable, Sendable {
    /// The next record read has at least this index (and position inside the entry).
    public var index: UInt64

    /// The place before the record of this index.
    public init(index: UInt64) { self.index = index }
}

extension SequenceNumber {
    /// A number for a place between records: greater than those before it and less than those behind it, whether they are
    /// there already or not. Reading at the number, and reading after it, both begin at the place.
    public init(before position: ShardPosition, shard: ShardID, stream: StreamDescription) {
        // The index of the first record of a log is 1. A second position in an entry stands behind its record.
        self.init(
            streamEpoch: stream.createdAt.millisecondsSinceEpoch,
            shard: shard.number,
            index: max(position.index, 1) - 1,
            position: 1
        )
    }
}

/// Where to begin to read a shard.
public enum ShardStart: Hashable, Sendable {
    /// Before the oldest record that is kept.
    case trimHorizon
    /// After the newest record.
    case latest
    /// Before the record of that number.
    case atSequenceNumber(SequenceNumber)
    /// After the record of that number.
    case afterSequenceNumber(SequenceNumber)
    /// Before the first record that arrived at that time or later.
    case atTimestamp(Timestamp)
}

/// What one read of a shard gave.
public struct ShardRead: Sendable {
    /// The records, in order; empty at the tip, or where the records of the range read have aged out.
    public var records: StoredRecords
    /// Where to read on; nil when the shard is closed and everything in it was read.
    public var next: ShardPosition?
    /// Milliseconds since the last record given arrived, 0 when the shard holds no later one: how far behind the
    /// reader is, after this read.
    public var millisBehindLatest: Int64

    /// What one read of a shard gave.
    public init(records: StoredRecords, next: ShardPosition?, millisBehindLatest: Int64) {
        self.records = records
        self.next = next
        self.millisBehindLatest = millisBehindLatest
    }
}

/// A consumer with the stream that it is registered with.
public struct StreamConsumer: Sendable {
    /// The stream.
    public let stream: StreamDescription
    /// The consumer.
    public let consumer: ConsumerDescription

    /// A consumer with its stream.
    public init(stream: StreamDescription, consumer: ConsumerDescription) {
        self.stream = stream
        self.consumer = consumer
    }
}

/// Holds streams of records: what the Kinesis API stands on.
///
/// Every call may be remote and may be answered by another process than the one before. All throw ``ServiceError``
/// with the code that the API answers: `resourceNotFound` (the stream does not exist), `resourceInUse` (the stream is not
/// in a state that allows it), `invalidArgument`, `limitExceeded`, `serviceUnavailable` (the disk is full or failing).
public protocol StreamStore: Sendable {
    /// Makes a stream of `shardCount` shards that divide the hash key space evenly. Durable when it returns.
    ///
    /// Throws `resourceInUse` when there is one of that name.
    func createStream(
        name: String,
        shardCount: Int,
        settings: StreamSettings,
        tags: [String: String]
    ) async throws(ServiceError)

    /// Deletes a stream, its records and its consumers. Throws `resourceInUse` when it has consumers and
    /// `deletingConsumers` is false, or is not ready. The stream may stay in sight for a while, as one that is being deleted.
    func deleteStream(name: String, deletingConsumers: Bool) async throws(ServiceError)

    /// Removes a stream in whatever state it is, its records and its consumers: it is gone when this returns.
    func removeStream(name: String) async throws(ServiceError)

    /// A snapshot of the stream.
    func stream(name: String) async throws(ServiceError) -> StreamDescription

    /// A snapshot of the stream of that ID. Throws `resourceNotFound` when there is none.
    func stream(id: Int64) async throws(ServiceError) -> StreamDescription

    /// The names of the streams in ascending order of UTF-8 bytes, after `name`, at most `limit`.
    func streamNames(after name: String?, limit: Int) async throws(ServiceError) -> [String]

    /// Appends records, in order within each shard, and returns when those that were appended are on disk.
    ///
    /// The results are in the order of the records. When it throws, none of them was acknowledged; each is on disk
    /// whole or not at all.
    func append(_ records: [NewRecord], stream: StreamDescription) async throws(ServiceError) -> [AppendResult]

    /// Finds a place in a shard. Throws `resourceNotFound` when there is no such shard, `invalidArgument` when the
    /// number is not of this shard.
    func position(
        _ start: ShardStart,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) -> ShardPosition

    /// Reads records on disk from a place, at most `maximumCount` and about `maximumBytes` of data and keys (at least
    /// one record when there is one).
    func read(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead

    /// Waits until a read of the shard from that place gives a record, or its end, or throws. Returns when the task is
    /// cancelled. It tells of a record as soon as its append is acknowledged; it may return early, and is called again then.
    func waitForRecords(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError)

    /// Closes a shard and opens two that share its range; the second begins at `newStartingHashKey`.
    func splitShard(stream: String, shard: ShardID, newStartingHashKey: HashKey) async throws(ServiceError)

    /// Closes two adjacent shards and opens one that serves both ranges.
    func mergeShards(stream: String, shard: ShardID, adjacent: ShardID) async throws(ServiceError)

    /// Splits and merges the shards of a provisioned stream, all at once, until it has so many open ones of equal size. Returns
    /// how many it had. Throws `limitExceeded` where there would be too many or too few, or it was done too often in 24
    /// hours, `validation` when the stream is on demand, `resourceInUse` when it is not active.
    func updateShardCount(of stream: String, to target: Int) async throws(ServiceError) -> Int

    /// Sets for how many hours records are kept.
    func setRetention(stream: String, hours: Int) async throws(ServiceError)

    /// Removes tags, then sets others; those of the same key are replaced. Throws `limitExceeded` when the stream would
    /// have more than `maximumCount`.
    func changeTags(
        stream: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError)

    /// Changes the settings of a stream in one step, and gives them as they were and as they are. Throws `resourceInUse`
    /// when the stream is not active, `limitExceeded` when it was changed so too often in 24 hours, `invalidArgument`
    /// when a stream in its mode has no such setting.
    func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate

    /// What the streams use of the limits of the store.
    func usage() async throws(ServiceError) -> StoreUsage

    /// The commitment of the account to a minimum throughput.
    func throughputCommitment() async throws(ServiceError) -> ThroughputCommitment

    /// Begins the commitment, or gives it up, and tells how it is now.
    func setThroughputCommitment(isEnabled: Bool) async throws(ServiceError) -> ThroughputCommitment

    /// The policy that is attached to a stream or a consumer; nil when there is none. Throws `resourceNotFound` when
    /// there is no such stream.
    func policy(of resource: PolicyResource) async throws(ServiceError) -> String?

    /// Attaches a policy to a stream or a consumer in place of the one before, or removes it when it is nil. It goes with
    /// the stream. Returns whether there was one.
    @discardableResult
    func setPolicy(_ policy: String?, of resource: PolicyResource) async throws(ServiceError) -> Bool

    /// Drops what has aged out. The server calls it now and then.
    func enforceRetention() async throws(ServiceError)

    /// Does what time asks for: ends the states of streams that last for a while, and fits the shards of streams on demand to
    /// their load. The server calls it about once a second.
    func performUpkeep() async throws(ServiceError)

    // MARK: Consumers

    /// Registers a consumer. Durable when it returns.
    ///
    /// Throws `resourceInUse` when the stream has one of that name, `limitExceeded` when it would have more than
    /// `maximumCount`.
    func registerConsumer(
        _ name: String,
        stream: String,
        tags: [String: String],
        maximumCount: Int
    ) async throws(ServiceError) -> ConsumerDescription

    /// A consumer with its stream. Throws `resourceNotFound` when either is not there, or the consumer was registered in
    /// another second since 1970 than `second`, where one is given.
    func consumer(
        _ name: String,
        registeredIn second: Int64?,
        stream: String
    ) async throws(ServiceError) -> StreamConsumer

    /// Deregisters that consumer, and removes its policy. Throws `resourceNotFound` when the stream or the consumer is not there
    /// any more.
    func deregisterConsumer(_ consumer: ConsumerDescription, stream: StreamDescription) async throws(ServiceError)

    /// Removes tags of a consumer, then sets others, as ``changeTags(stream:setting:removing:maximumCount:)`` does.
    func changeTags(
        consumer: ConsumerDescription,
        stream: StreamDescription,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError)
}

extension StreamStore {
    /// Deletes a stream, its records and its consumers.
    public func deleteStream(name: String) async throws(ServiceError) {
        try await deleteStream(name: name, deletingConsumers: true)
    }
}

extension StreamStore {
    /// Makes a stream with the settings that a new stream has when none are asked for.
    public func createStream(name: String, shardCount: Int, tags: [String: String]) async throws(ServiceError) {
        try await createStream(name: name, shardCount: shardCount, settings: StreamSettings(), tags: tags)
    }
}
