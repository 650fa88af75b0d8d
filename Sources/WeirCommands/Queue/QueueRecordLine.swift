import NIOCore
import WeirConsumer
import WeirModel
import WeirWire

/// A record of a queue, or one that a producer packed into it, as a line of JSON.
struct QueueRecordLine: WireMessage, Codable, Hashable {
    var recordID: String
    /// The place in an aggregated record; left out for the first one, and for plain records.
    var subSequenceNumber: Int64?
    var partitionKey: String?
    /// The hash key that an aggregated record tells.
    var explicitHashKey: String?
    var approximateArrivalTimestamp: Timestamp
    var firstReceiveTimestamp: Timestamp
    var receiveCount: Int
    /// The data, when it is UTF-8.
    var data: String?
    /// The data in base64, when it is not UTF-8.
    var base64: ByteBuffer?

    init(_ record: ReceivedRecord) {
        recordID = record.recordID
        partitionKey = record.partitionKey
        approximateArrivalTimestamp = record.approximateArrival
        firstReceiveTimestamp = record.firstReceived
        receiveCount = record.receiveCount
        set(record.data)
    }

    /// One of the records that were packed into it.
    init(_ record: ReceivedRecord, _ part: AggregatedRecord.UserRecord, place: Int) {
        self.init(record)
        subSequenceNumber = place > 0 ? Int64(place) : nil
        partitionKey = part.partitionKey
        explicitHashKey = part.explicitHashKey?.description
        set(part.data)
    }

    private mutating func set(_ bytes: ByteBuffer) {
        (data, base64) = (nil, nil)
        if let text = String(validating: bytes.readableBytesView, as: UTF8.self) { data = text } else { base64 = bytes }
    }

    enum CodingKeys: String, CodingKey {
        case recordID = "RecordId"
        case subSequenceNumber = "SubSequenceNumber"
        case partitionKey = "PartitionKey"
        case explicitHashKey = "ExplicitHashKey"
        case approximateArrivalTimestamp = "ApproximateArrivalTimestamp"
        case firstReceiveTimestamp = "FirstReceiveTimestamp"
        case receiveCount = "ReceiveCount"
        case data = "Data"
        case base64 = "DataBase64"
    }
}
