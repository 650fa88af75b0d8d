import NIOCore
import WeirConsumer
import WeirModel
import WeirWire

/// A record as a line of JSON.
struct RecordLine: WireMessage, Codable, Hashable {
    /// The stream, where several are read.
    var streamName: String?
    var shardID: String
    var sequenceNumber: String
    /// The place in an aggregated record; left out for the first one, and for plain records.
    var subSequenceNumber: Int64?
    var partitionKey: String
    /// The hash key that an aggregated record tells.
    var explicitHashKey: String?
    var approximateArrivalTimestamp: Timestamp?
    /// The data, when it is UTF-8.
    var data: String?
    /// The data in base64, when it is not UTF-8.
    var base64: ByteBuffer?

    init(_ record: ConsumerRecord, streamName: String? = nil) {
        self.streamName = streamName
        shardID = record.shardID
        sequenceNumber = record.sequenceNumber
        subSequenceNumber = record.subSequenceNumber > 0 ? record.subSequenceNumber : nil
        partitionKey = record.partitionKey
        explicitHashKey = record.explicitHashKey
        approximateArrivalTimestamp = record.approximateArrival
        set(record.data)
    }

    private mutating func set(_ bytes: ByteBuffer) {
        if let text = String(validating: bytes.readableBytesView, as: UTF8.self) { data = text } else { base64 = bytes }
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case shardID = "ShardId"
        case sequenceNumber = "SequenceNumber"
        case subSequenceNumber = "SubSequenceNumber"
        case partitionKey = "PartitionKey"
        case explicitHashKey = "ExplicitHashKey"
        case approximateArrivalTimestamp = "ApproximateArrivalTimestamp"
        case data = "Data"
        case base64 = "DataBase64"
    }
}
