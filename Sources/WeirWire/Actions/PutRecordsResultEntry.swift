import WeirModel

/// What became of one record of a PutRecords call: a number, or an error.
public struct PutRecordsResultEntry: Codable, Hashable, Sendable {
    /// Its number, when it was put.
    public var sequenceNumber: String? {
        get { sequenceNumberText?.string }
        set { sequenceNumberText = newValue.map { .text($0) } }
    }
    /// The shard that took it, when it was put.
    public var shardID: String? {
        get { shardIDText?.string }
        set { shardIDText = newValue.map { .text($0) } }
    }
    /// Why it was not put: `ProvisionedThroughputExceededException` or `InternalFailure`.
    public var errorCode: String?
    /// The same for people.
    public var errorMessage: String?

    private(set) var sequenceNumberText: MemberText?
    private(set) var shardIDText: MemberText?

    /// A value from its members.
    public init(
        sequenceNumber: String? = nil,
        shardID: String? = nil,
        errorCode: String? = nil,
        errorMessage: String? = nil
    ) {
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        sequenceNumberText = sequenceNumber.map { .text($0) }
        shardIDText = shardID.map { .text($0) }
    }

    /// A record that was put.
    public init(_ number: SequenceNumber, in shard: ShardID) {
        sequenceNumberText = .sequenceNumber(number)
        shardIDText = .shard(shard)
    }

    enum CodingKeys: String, CodingKey {
        case sequenceNumberText = "SequenceNumber"
        case shardIDText = "ShardId"
        case errorCode = "ErrorCode"
        case errorMessage = "ErrorMessage"
    }
}
