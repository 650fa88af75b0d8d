import Logging
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Keeps the lease table in line with the shards of one stream.
struct ShardSynchronizer: Sendable {
    let shardList: ShardList
    let leaseStore: LeaseStore
    /// What tells the stream from others in the table; nil when it is the only one.
    let identity: StreamIdentity?
    /// When the stream of that identity was made.
    let madeAt: Timestamp?
    let initialPosition: InitialPosition
    let care: LeaseCare
    let time: any TimeSource
    let logger: Logger

    /// What a stream tells of its shards.
    struct Listing: Sendable {
        /// When it was asked.
        var askedAt: Timestamp
        /// The same by the monotonic clock.
        var askedAtNanoseconds: UInt64
        var shards: [Shard]
        /// When the stream was made; nil when the worker is not allowed to ask.
        var creation: Timestamp?
    }

    /// What was done to the leases.
    struct Changes: Sendable {
        /// Leases that were created; not those that another worker created meanwhile.
        var created: [Lease] = []
        /// Keys of leases that are gone.
        var deleted: [String] = []
    }

    /// Creates the leases that are missing and deletes those that nobody needs.
    ///
    /// - Parameter isFirst: whether nothing is done in a table of the other kind: then it throws `configuration`.
    /// - Returns: the leases that it created; not those that another worker created meanwhile.
    func synchronize(isFirst: Bool = false) async throws(ServiceError) -> [Lease] {
        while true {
            let listing = try await list()
            // The leases are read after the shards: a shard whose lease another worker makes meanwhile is then not new.
            let leases = try await leaseStore.scan()
            if isFirst { try leaseStore.scope.check(leases, table: leaseStore.table.name) }
            if let changes = try await bringInLine(listing, leases) { return changes.created }
        }
    }

    /// Lists the shards. Throws `resourceNotFound` when there is no such stream, or another one of its name.
    func list() async throws(ServiceError) -> Listing {
        try await list(madeAt: try await streamCreation())
    }

    /// Lists the shards of a stream that was made at a time, as the service has just told.
    func list(madeAt creation: Timestamp?) async throws(ServiceError) -> Listing {
        let now = Timestamp(millisecondsSinceEpoch: time.wallMilliseconds)
        let nanoseconds = time.monotonicNanoseconds
        if let madeAt, creation != madeAt {
            throw ServiceError(.resourceNotFound, "The stream \(shardList.streamName) was deleted, and made again.")
        }
        return Listing(
            askedAt: now,
            askedAtNanoseconds: nanoseconds,
            shards: try await shardList.shards(),
            creation: creation
        )
    }

    /// Does what the shards ask for. Nil when it is to be looked at again: the stream was made again meanwhile, or the look
    /// is too old to make leases by it.
    func bringInLine(_ listing: Listing, _ leases: [Lease]) async throws(ServiceError) -> Changes? {
        let plan = ShardSyncPlan(
            shards: listing.shards,
            leases: leases,
            stream: identity,
            streamCreation: listing.creation,
            initialPosition: initialPosition.checkpoint,
            initialTimestamp: initialPosition.timestamp(now: listing.askedAt)
        )
        let useless = care.note(listing, leases.filter { $0.stream == identity })
        guard !plan.isEmpty || !useless.isEmpty else { return Changes() }
        // What was listed may be the shards of another stream than the one that was asked for its time.
        guard try await streamCreation() == listing.creation else { return nil }
        if !plan.staleLeases.isEmpty {
            logger.warning(
                "The stream was deleted and made again: its leases begin anew",
                metadata: ["leases.deleted": .stringConvertible(plan.staleLeases.count)]
            )
        }
        let store = leaseStore
        _ = try await sideBySide(plan.staleLeases) { (lease) throws(ServiceError) in try await store.deleteStale(lease)
        }
        var created: [Lease] = []
        for step in plan.stepsOfCreation {
            created += try await sideBySide(step) { (lease) throws(ServiceError) in
                guard !care.isTooOld(listing) else { return nil }
                return try await store.create(lease) ? lease : nil
            }.compactMap { $0 }
        }
        if !plan.leasesToCreate.isEmpty, care.isTooOld(listing) { return nil }
        var deleted: [String] = []
        // Parents first: one whose lease could not be deleted counts as passed while its children's are there.
        for lease in useless where try await store.deleteUseless(lease) { deleted.append(lease.key) }
        _ = try await sideBySide(plan.leasesToDelete) { (key) throws(ServiceError) in try await store.delete(key) }
        deleted += plan.leasesToDelete
        if !created.isEmpty || !deleted.isEmpty {
            logger.info(
                "Brought the leases in line with the shards",
                metadata: [
                    "leases.created": .stringConvertible(created.count),
                    "leases.deleted": .stringConvertible(deleted.count),
                ]
            )
        }
        return Changes(created: created, deleted: plan.staleLeases.map(\.key) + deleted)
    }

    private func streamCreation() async throws(ServiceError) -> Timestamp? {
        do throws(ServiceError) {
            return try await shardList.streamCreation()
        } catch  where error.code == .accessDenied && identity == nil {
            logger.debug("kinesis:DescribeStreamSummary is not allowed: a stream that is made again is not noticed")
            return nil
        }
    }

    /// Creates the leases of the shards that go on where one ended, before that end is checkpointed.
    ///
    /// - Returns: the leases that it created.
    func createChildren(_ children: [ChildShard], of shardID: String) async throws(ServiceError) -> [Lease] {
        var created: [Lease] = []
        // A child of a merge waits for both its parents. The lease of the other one has to be there before the child's:
        // a parent without a lease counts as read.
        for parent in Set(children.flatMap(\.parentShards)) where parent != shardID {
            if try await leaseStore.lease(key(of: parent)) == nil { created += try await synchronize() }
        }
        let creation = try await leaseStore.lease(key(of: shardID))?.streamCreation
        for child in children {
            let lease = Lease(child: child, stream: identity, streamCreation: creation)
            if try await leaseStore.create(lease) { created.append(lease) }
        }
        do throws(ServiceError) {
            try await leaseStore.setChildren(Set(children.map(\.shardID)), of: key(of: shardID))
        } catch  where error.code == .conditionalCheckFailed {
            // Somebody deleted the parent's lease; the checkpoint will tell.
        }
        return created
    }

    private func key(of shardID: String) -> String { Lease.key(of: shardID, in: identity) }

    /// The shards that go on where a shard ended, as the stream lists them; empty while it is open.
    func children(of shardID: String) async throws(ServiceError) -> [ChildShard] {
        try await shardList.shards().filter { $0.parentShardIDs.contains(shardID) }.map {
            ChildShard(shardID: $0.shardID, parentShards: $0.parentShardIDs, hashKeyRange: $0.hashKeyRange)
        }
    }
}
