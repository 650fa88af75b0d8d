import NIOCore
import WeirConsumer
import WeirModel
import WeirWire

/// A record as a line of JSON.
struct RecordLine: WireMessage, Codable, Hashable {
    var shardID: String
    var sequenceNumber: String
    var partitionKey: String
    var approximateArrivalTimestamp: Timestamp?
    /// The data, when it is UTF-8.
    var data: String?
    /// The data in base64, when it is not UTF-8.
    var base64: ByteBuffer?

    init(_ record: Record, shardID: String) {
        self.shardID = shardID
        sequenceNumber = record.sequenceNumber
        partitionKey = record.partitionKey
        approximateArrivalTimestamp = record.approximateArrivalTimestamp
        set(record.data)
    }

    init(_ record: ConsumerRecord) {
        shardID = record.shardID
        sequenceNumber = record.sequenceNumber
        partitionKey = record.partitionKey
        approximateArrivalTimestamp = record.approximateArrival
        set(record.data)
    }

    private mutating func set(_ bytes: ByteBuffer) {
        if let text = String(validating: bytes.readableBytesView, as: UTF8.self) { data = text } else { base64 = bytes }
    }

    enum CodingKeys: String, CodingKey {
        case shardID = "ShardId"
        case sequenceNumber = "SequenceNumber"
        case partitionKey = "PartitionKey"
        case approximateArrivalTimestamp = "ApproximateArrivalTimestamp"
        case data = "Data"
        case base64 = "DataBase64"
    }
}
