import NIOCore
import WeirModel

/// A record of a PutRecords call.
public struct PutRecordsRequestEntry: Hashable, Sendable {
    /// The data and the partition key, where they lie.
    package var content: RecordContent
    /// A hash key in decimal, instead of the MD5 of the partition key.
    public var explicitHashKey: String?

    /// The data.
    public var data: ByteBuffer? {
        get { content.data }
        set { content.data = newValue }
    }

    /// The partition key: 1 to 256 characters.
    public var partitionKey: String? {
        get { content.partitionKey }
        set { content.partitionKey = newValue }
    }

    /// A value from its members.
    public init(data: ByteBuffer? = nil, explicitHashKey: String? = nil, partitionKey: String? = nil) {
        content = RecordContent(data: data, partitionKey: partitionKey)
        self.explicitHashKey = explicitHashKey
    }
}

extension PutRecordsRequestEntry: Codable {
    enum CodingKeys: String, CodingKey {
        case data = "Data"
        case explicitHashKey = "ExplicitHashKey"
        case partitionKey = "PartitionKey"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            data: try members.decodeIfPresent(ByteBuffer.self, forKey: .data),
            explicitHashKey: try members.decodeIfPresent(String.self, forKey: .explicitHashKey),
            partitionKey: try members.decodeIfPresent(String.self, forKey: .partitionKey)
        )
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encodeIfPresent(data, forKey: .data)
        try members.encodeIfPresent(explicitHashKey, forKey: .explicitHashKey)
        try members.encodeIfPresent(partitionKey, forKey: .partitionKey)
    }
}
