import NIOCore
import WeirModel

/// A record of a shard.
public struct Record: Codable, Hashable, Sendable {
    /// Its number, unique in the shard.
    public var sequenceNumber: String {
        get { sequenceNumberText.string }
        set { sequenceNumberText = .text(newValue) }
    }
    /// When the service took it.
    public var approximateArrivalTimestamp: Timestamp?
    /// The data.
    public var data: ByteBuffer
    /// The partition key; empty when the producer gave none, as it may where the stream spreads records by itself.
    public var partitionKey: String
    /// `NONE` or `KMS`.
    public var encryptionType: String?

    private(set) var sequenceNumberText: MemberText

    /// A value from its members.
    public init(
        sequenceNumber: String,
        approximateArrivalTimestamp: Timestamp? = nil,
        data: ByteBuffer,
        partitionKey: String,
        encryptionType: String? = nil
    ) {
        sequenceNumberText = .text(sequenceNumber)
        self.approximateArrivalTimestamp = approximateArrivalTimestamp
        self.data = data
        self.partitionKey = partitionKey
        self.encryptionType = encryptionType
    }

    /// A value from its members, as a server has them.
    public init(
        _ number: SequenceNumber,
        approximateArrivalTimestamp: Timestamp,
        data: ByteBuffer,
        partitionKey: String,
        encryptionType: String?
    ) {
        sequenceNumberText = .sequenceNumber(number)
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

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        sequenceNumberText = .text(try members.decode(String.self, forKey: .sequenceNumber))
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
