/// What became of one record of a PutRecords call: a number, or an error.
public struct PutRecordsResultEntry: Codable, Hashable, Sendable {
    /// Its number, when it was put.
    public var sequenceNumber: String?
    /// The shard that took it, when it was put.
    public var shardID: String?
    /// Why it was not put: `ProvisionedThroughputExceededException` or `InternalFailure`.
    public var errorCode: String?
    /// The same for people.
    public var errorMessage: String?

    /// A value from its members.
    public init(
        sequenceNumber: String? = nil,
        shardID: String? = nil,
        errorCode: String? = nil,
        errorMessage: String? = nil
    ) {
        self.sequenceNumber = sequenceNumber
        self.shardID = shardID
        self.errorCode = errorCode
        self.errorMessage = errorMessage
    }

    enum CodingKeys: String, CodingKey {
        case sequenceNumber = "SequenceNumber"
        case shardID = "ShardId"
        case errorCode = "ErrorCode"
        case errorMessage = "ErrorMessage"
    }
}
