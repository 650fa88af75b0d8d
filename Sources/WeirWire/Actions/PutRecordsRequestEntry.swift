import NIOCore

/// A record of a PutRecords call.
public struct PutRecordsRequestEntry: Codable, Hashable, Sendable {
    /// The data.
    public var data: ByteBuffer?
    /// A hash key in decimal, instead of the MD5 of the partition key.
    public var explicitHashKey: String?
    /// The partition key: 1 to 256 characters.
    public var partitionKey: String?

    /// A value from its members.
    public init(data: ByteBuffer? = nil, explicitHashKey: String? = nil, partitionKey: String? = nil) {
        self.data = data
        self.explicitHashKey = explicitHashKey
        self.partitionKey = partitionKey
    }

    enum CodingKeys: String, CodingKey {
        case data = "Data"
        case explicitHashKey = "ExplicitHashKey"
        case partitionKey = "PartitionKey"
    }
}
