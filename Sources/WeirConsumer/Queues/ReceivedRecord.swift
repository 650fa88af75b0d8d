import NIOCore
import WeirModel
import WeirWire

/// A record as a queue delivered it, and as a handler gets it.
public struct ReceivedRecord: Hashable, Sendable {
    /// What tells the record apart: the same in every delivery, and in every queue of the stream. It is what makes a handler
    /// idempotent: the key under which it notes what it has done.
    public var recordID: String
    /// The partition key, when the producer gave one.
    public var partitionKey: String?
    /// The data.
    public var data: ByteBuffer
    /// When the service took it.
    public var approximateArrival: Timestamp
    /// When it was first received from the queue, by whichever consumer.
    public var firstReceived: Timestamp
    /// How often it was received without being acknowledged, this time included: 1 for the first. A record that is returned by a
    /// shutdown, or was held by a consumer that died, counts as received too.
    public var receiveCount: Int

    /// A record from its parts.
    public init(
        recordID: String,
        partitionKey: String? = nil,
        data: ByteBuffer,
        approximateArrival: Timestamp,
        firstReceived: Timestamp,
        receiveCount: Int
    ) {
        self.recordID = recordID
        self.partitionKey = partitionKey
        self.data = data
        self.approximateArrival = approximateArrival
        self.firstReceived = firstReceived
        self.receiveCount = receiveCount
    }

    init(_ record: QueueRecord) {
        self.init(
            recordID: record.recordID,
            partitionKey: record.partitionKey,
            data: record.data,
            approximateArrival: record.approximateArrivalTimestamp,
            firstReceived: record.firstReceiveTimestamp,
            receiveCount: record.receiveCount
        )
    }

    /// Whether it was delivered before: what it does may have been done, in part or whole.
    public var isRedelivered: Bool { receiveCount > 1 }

    /// What producers put as records of their own and packed into this one, as the Kinesis Producer Library does; the place of each
    /// is its sub-sequence number. Of a record that is no such aggregate: itself, alone.
    ///
    /// The queue knows the whole record only: it is acknowledged when the handler has dealt with all of them, and all come again
    /// when it has not. Records of one aggregate may belong to different shards; a queue knows no shards, so none is left out.
    public var userRecords: [AggregatedRecord.UserRecord] {
        if let aggregate = try? AggregatedRecord(decoding: data) { return aggregate.records }
        return [AggregatedRecord.UserRecord(partitionKey: partitionKey ?? "", data: data)]
    }
}
