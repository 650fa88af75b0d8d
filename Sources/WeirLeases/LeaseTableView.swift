/// Who holds what in an application: its lease table at one moment.
public struct LeaseTableView: Hashable, Sendable {
    /// All leases by their keys, ended ones too.
    public let leases: [Lease]

    /// A view of leases, in any order.
    public init(leases: [Lease]) {
        self.leases = leases.sorted { $0.key < $1.key }
    }

    /// The leases of shards that were not read to their end.
    public var activeLeases: [Lease] { leases.filter { !$0.isEnded } }

    /// The active leases of each worker, by shard ID. Whether the worker lives the table alone does not tell.
    public var activeLeasesByWorker: [String: [Lease]] {
        var byWorker: [String: [Lease]] = [:]
        for lease in activeLeases {
            if let owner = lease.owner { byWorker[owner, default: []].append(lease) }
        }
        return byWorker
    }

    /// The active leases that nobody holds.
    public var unownedLeases: [Lease] { activeLeases.filter { $0.owner == nil } }

    /// The streams whose leases are in the table, by name; empty when it is that of an application of one stream.
    public var streams: [StreamIdentity] {
        Set(leases.compactMap(\.stream)).sorted { ($0.streamName, $0.description) < ($1.streamName, $1.description) }
    }

    /// The leases of one of several streams.
    public func leases(of stream: StreamIdentity) -> [Lease] { leases.filter { $0.stream == stream } }
}
