import WeirModel

/// What became of one record of a PutRecords call: a number, or an error.
public struct PutRecordsResultEntry: Sendable {
    /// What a server tells of a record that was put, or any members. A server that answers with hundreds makes no text for
    /// each.
    enum Content: Sendable {
        case put(SequenceNumber, ShardID)
        indirect case members(Members)
    }

    /// The members as they are sent.
    struct Members: Codable, Hashable, Sendable {
        var sequenceNumber: String?
        var shardID: String?
        var errorCode: String?
        var errorMessage: String?

        enum CodingKeys: String, CodingKey {
            case sequenceNumber = "SequenceNumber"
            case shardID = "ShardId"
            case errorCode = "ErrorCode"
            case errorMessage = "ErrorMessage"
        }
    }

    private(set) var content: Content

    /// A value from its members.
    public init(
        sequenceNumber: String? = nil,
        shardID: String? = nil,
        errorCode: String? = nil,
        errorMessage: String? = nil
    ) {
        self.init(
            Members(
                sequenceNumber: sequenceNumber,
                shardID: shardID,
                errorCode: errorCode,
                errorMessage: errorMessage
            )
        )
    }

    init(_ members: Members) { content = .members(members) }

    /// A record that was put.
    public init(_ number: SequenceNumber, in shard: ShardID) { content = .put(number, shard) }

    /// Its number, when it was put.
    public var sequenceNumber: String? {
        get { members.sequenceNumber }
        set { members.sequenceNumber = newValue }
    }
    /// The shard that took it, when it was put.
    public var shardID: String? {
        get { members.shardID }
        set { members.shardID = newValue }
    }
    /// Why it was not put: `ProvisionedThroughputExceededException` or `InternalFailure`.
    public var errorCode: String? {
        get { members.errorCode }
        set { members.errorCode = newValue }
    }
    /// The same for people.
    public var errorMessage: String? {
        get { members.errorMessage }
        set { members.errorMessage = newValue }
    }

    private var members: Members {
        get {
            switch content {
            case .put(let number, let shard): Members(sequenceNumber: number.description, shardID: shard.description)
            case .members(let members): members
            }
        }
        set { content = .members(newValue) }
    }
}

extension PutRecordsResultEntry: Hashable {
    public static func == (left: PutRecordsResultEntry, right: PutRecordsResultEntry) -> Bool {
        left.members == right.members
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension PutRecordsResultEntry: Codable {
    public init(from decoder: any Decoder) throws { self.init(try Members(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try members.encode(to: encoder) }
}
