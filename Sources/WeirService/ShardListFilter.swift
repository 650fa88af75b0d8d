import WeirModel
import WeirWire

/// Which shards ListShards gives: the `ShardFilter` of a request, resolved.
///
/// A shard counts as open from the moment its parents were closed until it was closed itself. So the shards that were
/// open at one time always cover the hash keys without gap and overlap, as consumers require.
///
/// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html
enum ShardListFilter: Hashable {
    /// All that may still hold records, and all open ones.
    case all
    /// Those that are open.
    case openNow
    /// Those that were open at a time.
    case open(at: Timestamp)
    /// Those that were open at a time or later.
    case openSince(Timestamp)

    /// The shards of the stream that pass, by ascending ID.
    func apply(to stream: StreamDescription) -> [ShardDescription] {
        switch self {
        case .all:
            return stream.shards
        case .openNow:
            return stream.shards.filter(\.isOpen)
        case .open(let time):
            // Before the first shard there was nothing: the oldest ones stand for it.
            let first = stream.shards.map { Self.opened($0, in: stream) }.min() ?? time
            let moment = max(time, first)
            return stream.shards.filter { shard in
                Self.opened(shard, in: stream) <= moment && (shard.closedAt.map { $0 > moment } ?? true)
            }
        case .openSince(let time):
            return stream.shards.filter { shard in shard.closedAt.map { $0 >= time } ?? true }
        }
    }

    private static func opened(_ shard: ShardDescription, in stream: StreamDescription) -> Timestamp {
        let parents = [shard.parent, shard.adjacentParent].compactMap { $0 }.compactMap(stream.shard)
        return parents.compactMap(\.closedAt).max() ?? shard.createdAt
    }

    /// The form inside a pagination token.
    var code: (kind: UInt8, time: Int64) {
        switch self {
        case .all: (0, 0)
        case .openNow: (1, 0)
        case .open(let time): (2, time.millisecondsSinceEpoch)
        case .openSince(let time): (3, time.millisecondsSinceEpoch)
        }
    }

    /// A filter from its form inside a pagination token.
    init?(code: UInt8, time: Timestamp) {
        switch code {
        case 0: self = .all
        case 1: self = .openNow
        case 2: self = .open(at: time)
        case 3: self = .openSince(time)
        default: return nil
        }
    }
}
