import NIOCore
import WeirModel
import WeirWire

/// Where a list goes on: what is inside a `NextToken`. It is good for five minutes.
struct PaginationToken {
    /// When it was made, in milliseconds since 1970.
    let issuedAt: Int64
    /// What the action needs to go on.
    var content: ByteBuffer

    /// A token made now.
    init(issuedAt: Int64, content: ByteBuffer) {
        self.issuedAt = issuedAt
        self.content = content
    }

    /// The opaque text.
    func sealed(by sealer: TokenSealer, purpose: StaticString) throws(ServiceError) -> String {
        var bytes = ByteBuffer()
        bytes.writeInteger(issuedAt)
        bytes.writeImmutableBuffer(content)
        guard let token = sealer.seal(Array(bytes.readableBytesView), purpose: purpose) else {
            throw ServiceError(.internalFailure, "The pagination token could not be encrypted.")
        }
        return token
    }

    /// Reads an opaque text. Throws `invalidArgument` when it is not one of ours, `expiredNextToken` when it is too old.
    init(_ token: String, sealer: TokenSealer, purpose: StaticString, now: Int64) throws(ServiceError) {
        guard var bytes = sealer.open(token, purpose: purpose), let issuedAt = bytes.readInteger(as: Int64.self) else {
            throw Self.invalid
        }
        let lifetime = Int64(Limits.nextTokenLifetimeInSeconds) * 1000
        guard now - issuedAt <= lifetime else {
            throw ServiceError(
                .expiredNextToken,
                "The pagination token has expired: it was issued more than \(lifetime / 1000) seconds ago."
            )
        }
        self.init(issuedAt: issuedAt, content: bytes)
    }

    /// What is said of a token that is not one of ours.
    static var invalid: ServiceError { ServiceError(.invalidArgument, "Invalid NextToken.") }
}

/// Where a list goes on that is in the order of names: of streams, or of queues.
struct ListByNameToken {
    /// Of what the list is. A token of one is none of another.
    enum List {
        case streams
        case queues

        fileprivate var purpose: StaticString {
            switch self {
            case .streams: "list-streams"
            case .queues: "list-queues"
            }
        }
    }

    let list: List
    /// The last name given.
    let lastName: String
    /// When the token was made, in milliseconds since 1970.
    let issuedAt: Int64

    init(_ list: List, lastName: String, issuedAt: Int64) {
        self.list = list
        self.lastName = lastName
        self.issuedAt = issuedAt
    }

    init(_ list: List, _ token: String, sealer: TokenSealer, now: Int64) throws(ServiceError) {
        let page = try PaginationToken(token, sealer: sealer, purpose: list.purpose, now: now)
        self.init(list, lastName: String(buffer: page.content), issuedAt: page.issuedAt)
    }

    func sealed(by sealer: TokenSealer) throws(ServiceError) -> String {
        try PaginationToken(issuedAt: issuedAt, content: ByteBuffer(string: lastName))
            .sealed(by: sealer, purpose: list.purpose)
    }
}

/// Where ListShards goes on: which stream, after which shard, and the filter of the first call.
struct ListShardsToken {
    var streamID: Int64
    var streamName: String
    var lastShard: ShardID
    var filter: ShardListFilter
    /// When the token was made, in milliseconds since 1970.
    var issuedAt: Int64

    private static let purpose: StaticString = "list-shards"

    init(streamID: Int64, streamName: String, lastShard: ShardID, filter: ShardListFilter, issuedAt: Int64) {
        self.streamID = streamID
        self.streamName = streamName
        self.lastShard = lastShard
        self.filter = filter
        self.issuedAt = issuedAt
    }

    init(_ token: String, sealer: TokenSealer, now: Int64) throws(ServiceError) {
        var page = try PaginationToken(token, sealer: sealer, purpose: Self.purpose, now: now)
        guard let streamID = page.content.readInteger(as: Int64.self),
            let shard = page.content.readInteger(as: UInt32.self),
            let kind = page.content.readInteger(as: UInt8.self),
            let time = page.content.readInteger(as: Int64.self),
            let filter = ShardListFilter(code: kind, time: Timestamp(millisecondsSinceEpoch: time)),
            let name = page.content.readString(length: page.content.readableBytes)
        else { throw PaginationToken.invalid }
        self.init(
            streamID: streamID,
            streamName: name,
            lastShard: ShardID(shard),
            filter: filter,
            issuedAt: page.issuedAt
        )
    }

    func sealed(by sealer: TokenSealer) throws(ServiceError) -> String {
        var content = ByteBuffer()
        content.writeInteger(streamID)
        content.writeInteger(lastShard.number)
        content.writeInteger(filter.code.kind)
        content.writeInteger(filter.code.time)
        content.writeString(streamName)
        return try PaginationToken(issuedAt: issuedAt, content: content).sealed(by: sealer, purpose: Self.purpose)
    }
}
