import NIOCore
import WeirModel

/// A record as a queue delivers it.
public struct QueueRecord: Codable, Hashable, Sendable {
    /// What tells this delivery apart.
    public var receiptHandle: String
    /// What tells the record apart, in every queue and delivery: its sequence number.
    public var recordID: String {
        get { recordIDText.string }
        set { recordIDText = .text(newValue) }
    }
    /// The partition key, when the producer gave one.
    public var partitionKey: String?
    /// The data.
    public var data: ByteBuffer
    /// When the service took it.
    public var approximateArrivalTimestamp: Timestamp
    /// When it was first received from the queue.
    public var firstReceiveTimestamp: Timestamp
    /// How often it was received without being acknowledged.
    public var receiveCount: Int

    private(set) var recordIDText: MemberText

    /// A value from its members.
    public init(
        receiptHandle: String,
        recordID: String,
        partitionKey: String? = nil,
        data: ByteBuffer,
        approximateArrivalTimestamp: Timestamp,
        firstReceiveTimestamp: Timestamp,
        receiveCount: Int
    ) {
        self.receiptHandle = receiptHandle
        recordIDText = .text(recordID)
        self.partitionKey = partitionKey
        self.data = data
        self.approximateArrivalTimestamp = approximateArrivalTimestamp
        self.firstReceiveTimestamp = firstReceiveTimestamp
        self.receiveCount = receiveCount
    }

    /// A value from its members, as a server has them.
    public init(
        receiptHandle: String,
        recordID number: SequenceNumber,
        partitionKey: String?,
        data: ByteBuffer,
        approximateArrivalTimestamp: Timestamp,
        firstReceiveTimestamp: Timestamp,
        receiveCount: Int
    ) {
        self.receiptHandle = receiptHandle
        recordIDText = .sequenceNumber(number)
        self.partitionKey = partitionKey
        self.data = data
        self.approximateArrivalTimestamp = approximateArrivalTimestamp
        self.firstReceiveTimestamp = firstReceiveTimestamp
        self.receiveCount = receiveCount
    }

    enum CodingKeys: String, CodingKey {
        case receiptHandle = "ReceiptHandle"
        case recordIDText = "RecordId"
        case partitionKey = "PartitionKey"
        case data = "Data"
        case approximateArrivalTimestamp = "ApproximateArrivalTimestamp"
        case firstReceiveTimestamp = "FirstReceiveTimestamp"
        case receiveCount = "ReceiveCount"
    }
}
