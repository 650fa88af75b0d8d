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
    /// The partition key; empty when the producer gave none, as it may where the stream spreads records by itself.
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

    /// A value of a record as a shard holds it.
    public init(_ record: StoredRecord) {
        self.init(
            sequenceNumber: record.sequenceNumber.description,
            approximateArrivalTimestamp: record.approximateArrival,
            data: record.data,
            partitionKey: record.partitionKey,
            encryptionType: record.isEncrypted ? Self.encryptedType : nil
        )
    }

    /// The type of what is encrypted.
    public static let encryptedType = "KMS"

    enum CodingKeys: String, CodingKey {
        case sequenceNumber = "SequenceNumber"
        case approximateArrivalTimestamp = "ApproximateArrivalTimestamp"
        case data = "Data"
        case partitionKey = "PartitionKey"
        case encryptionType = "EncryptionType"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        sequenceNumber = try members.decode(String.self, forKey: .sequenceNumber)
        approximateArrivalTimestamp = try members.decodeIfPresent(Timestamp.self, forKey: .approximateArrivalTimestamp)
        data = try members.decode(ByteBuffer.self, forKey: .data)
        partitionKey = try members.decodeIfPresent(String.self, forKey: .partitionKey) ?? ""
        encryptionType = try members.decodeIfPresent(String.self, forKey: .encryptionType)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(sequenceNumber, forKey: .sequenceNumber)
        try members.encodeIfPresent(approximateArrivalTimestamp, forKey: .approximateArrivalTimestamp)
        try members.encode(data, forKey: .data)
        try members.encodeIfPresent(givenPartitionKey, forKey: .partitionKey)
        try members.encodeIfPresent(encryptionType, forKey: .encryptionType)
    }

    /// The partition key; nil when the producer gave none.
    var givenPartitionKey: String? { partitionKey.isEmpty ? nil : partitionKey }
}
