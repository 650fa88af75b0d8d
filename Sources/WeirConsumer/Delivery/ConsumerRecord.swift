import NIOCore
import WeirLeases
import WeirModel
import WeirWire

/// A record as a handler gets it.
public struct ConsumerRecord: Hashable, Sendable {
    /// The shard it was read from.
    public var shardID: String
    /// Its number, unique in the shard and greater than those before it.
    public var sequenceNumber: String
    /// Its place inside an aggregated record; 0 for a plain one.
    public var subSequenceNumber: Int64
    /// The partition key.
    public var partitionKey: String
    /// The hash key, a decimal number, that its producer named inside an aggregated record. The service does not tell that
    /// of a plain one.
    public var explicitHashKey: String?
    /// The data.
    public var data: ByteBuffer
    /// When the service took it.
    public var approximateArrival: Timestamp?

    /// A record from its parts.
    public init(
        shardID: String,
        sequenceNumber: String,
        subSequenceNumber: Int64 = 0,
        partitionKey: String,
        explicitHashKey: String? = nil,
        data: ByteBuffer,
        approximateArrival: Timestamp? = nil
    ) {
        self.shardID = shardID
        self.sequenceNumber = sequenceNumber
        self.subSequenceNumber = subSequenceNumber
        self.partitionKey = partitionKey
        self.explicitHashKey = explicitHashKey
        self.data = data
        self.approximateArrival = approximateArrival
    }

    package init(_ record: Record, shardID: String) {
        self.init(
            shardID: shardID,
            sequenceNumber: record.sequenceNumber,
            partitionKey: record.partitionKey,
            data: record.data,
            approximateArrival: record.approximateArrivalTimestamp
        )
    }

    /// Where the checkpoint is when this record is the last that was processed.
    var checkpoint: LeaseCheckpoint { .sequenceNumber(sequenceNumber, subSequenceNumber: subSequenceNumber) }
}

/// Records of one shard, in order.
public struct RecordBatch: RandomAccessCollection, Sendable {
    private let records: ArraySlice<ConsumerRecord>

    /// How often these records were handed to the handler before and failed; more than 0 for a single record only.
    public let failedAttempts: Int
    /// How far the fetch that gave these records was behind the newest record of the shard, in milliseconds.
    public let millisBehindLatest: Int

    /// A batch from its parts.
    public init(_ records: ArraySlice<ConsumerRecord>, failedAttempts: Int = 0, millisBehindLatest: Int = 0) {
        self.records = records
        self.failedAttempts = failedAttempts
        self.millisBehindLatest = millisBehindLatest
    }

    public var startIndex: Int { records.startIndex }
    public var endIndex: Int { records.endIndex }
    public subscript(position: Int) -> ConsumerRecord { records[position] }

    /// The batch without what is before an index.
    subscript(from start: Int) -> RecordBatch {
        RecordBatch(records[start...], failedAttempts: failedAttempts, millisBehindLatest: millisBehindLatest)
    }
}
