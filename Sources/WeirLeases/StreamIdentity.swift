import WeirModel

/// What tells a stream from all others in the lease table of an application of several streams, as the KCL writes it:
/// `account:stream:epoch`. A stream that was deleted and made again is another one: its epoch differs.
public struct StreamIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The account that owns the stream: decimal digits.
    public let accountID: String
    /// The stream's name.
    public let streamName: String
    /// When it was made, in seconds since 1970. A tracker of the KCL may give another number.
    public let creationEpoch: Int64

    /// An identity from its parts.
    public init(accountID: String, streamName: String, creationEpoch: Int64) {
        self.accountID = accountID
        self.streamName = streamName
        self.creationEpoch = creationEpoch
    }

    /// An identity from its text. Nil when the text is none: account and epoch are decimal numbers, and the name is not empty.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, Self.isNumber(parts[0]), !parts[1].isEmpty, Self.isNumber(parts[2]),
            let epoch = Int64(parts[2])
        else { return nil }
        self.init(accountID: String(parts[0]), streamName: String(parts[1]), creationEpoch: epoch)
    }

    public var description: String { "\(accountID):\(streamName):\(creationEpoch)" }

    /// The key of the lease of one of its shards.
    public func leaseKey(of shardID: String) -> String { "\(self):\(shardID)" }

    /// Whether both are streams of one name in one account, made at any time.
    public func isNamesake(of other: StreamIdentity) -> Bool {
        streamName == other.streamName && accountID == other.accountID
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
}

extension Lease {
    /// The shard: in the table of one stream its ID is the key, in that of several the last part of the key.
    public var shardID: String { Self.shardID(ofKey: key) }

    /// The shard of the lease with a key. A shard's ID has no colon.
    public static func shardID(ofKey key: String) -> String {
        guard let colon = key.utf8.lastIndex(of: UInt8(ascii: ":")) else { return key }
        return String(key[key.utf8.index(after: colon)...])
    }

    /// The key of the lease of another shard of the same stream.
    public func key(of shardID: String) -> String { stream?.leaseKey(of: shardID) ?? shardID }

    /// The key of the lease of a shard: of one of several streams, or of the only one.
    public static func key(of shardID: String, in stream: StreamIdentity?) -> String {
        stream?.leaseKey(of: shardID) ?? shardID
    }
}

/// Which leases of a table are those of a worker's application.
public enum LeaseScope: Hashable, Sendable {
    /// Those of the only stream: they name none.
    case oneStream
    /// Those of these streams. The others are left to workers that read their streams.
    case streams(Set<StreamIdentity>)

    /// Whether a lease is among them.
    public func covers(_ lease: Lease) -> Bool {
        switch self {
        case .oneStream: lease.stream == nil
        case .streams(let streams): lease.stream.map(streams.contains) ?? false
        }
    }

    /// Whether a table with a lease like this is of another kind: of several streams, or of one. Workers of the two kinds
    /// cannot share a table.
    public func isForeign(_ lease: Lease) -> Bool {
        switch self {
        case .oneStream: lease.stream != nil
        case .streams: lease.stream == nil
        }
    }
}
