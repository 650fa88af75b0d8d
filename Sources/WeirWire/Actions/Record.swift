import NIOCore
import WeirModel

/// A record of a shard.
public struct Record: Codable, Hashable, Sendable {
    /// Its number, unique in the shard.
    public var sequenceNumber: String
    /// When the service took it.
    public var approximateArrivalTimestamp: Timestamp?
    /// The data.
    public var data: ByteBuffer
    /// The partition key.
    public var partitionKey: String
    /// `NONE` or `KMS`.
    public var encryptionType: String?

    /// A value from its members.
    public init(
        sequenceNumber: String,
        approximateArrivalTimestamp: Timestamp? = nil,
        data: ByteBuffer,
        partitionKey: String,
        encryptionType: String? = nil
    ) {
        self.sequenceNumber = sequenceNumber
        self.approximateArrivalTimestamp = approximateArrivalTimestamp
        self.data = data
        self.partitionKey = partitionKey
        self.encryptionType = encryptionType
    }

    enum CodingKeys: String, CodingKey {
        case sequenceNumber = "SequenceNumber"
        case approximateArrivalTimestamp = "ApproximateArrivalTimestamp"
        case data = "Data"
        case partitionKey = "PartitionKey"
        case encryptionType = "EncryptionType"
    }
}
