import Logging
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Keeps the lease table in line with the shards of the stream.
struct ShardSynchronizer: Sendable {
    let shardList: ShardList
    let leaseStore: LeaseStore
    let initialPosition: InitialPosition
    let time: any TimeSource
    let logger: Logger

    /// Creates the leases that are missing and deletes those of ended shards that are listed no more.
    ///
    /// - Returns: the leases that it created; not those that another worker created meanwhile.
    func synchronize() async throws(ServiceError) -> [Lease] {
        let now = Timestamp(millisecondsSinceEpoch: time.wallMilliseconds)
        // The leases are read after the shards: a shard whose lease another worker makes meanwhile is then not new.
        let (shards, creation) = try await shards()
        let leases = try await leaseStore.scan()
        let plan = ShardSyncPlan(
            shards: shards,
            leases: leases,
            streamCreation: creation,
            initialPosition: initialPosition.checkpoint,
            initialTimestamp: initialPosition.timestamp(now: now)
        )
        if !plan.staleLeases.isEmpty {
            logger.warning(
                "The stream was deleted and made again: its leases begin anew",
                metadata: ["leases.deleted": .stringConvertible(plan.staleLeases.count)]
            )
        }
        for lease in plan.staleLeases { try await leaseStore.deleteStale(lease) }
        var created: [Lease] = []
        for lease in plan.leasesToCreate where try await leaseStore.create(lease) { created.append(lease) }
        for key in plan.leasesToDelete { try await leaseStore.delete(key) }
        if !created.isEmpty || !plan.leasesToDelete.isEmpty {
            logger.info(
                "Brought the leases in line with the shards",
                metadata: [
                    "leases.created": .stringConvertible(created.count),
                    "leases.deleted": .stringConvertible(plan.leasesToDelete.count),
                ]
            )
        }
        return created
    }

    /// All shards of the stream, and when it was made; nil when the worker is not allowed to ask.
    private func shards() async throws(ServiceError) -> ([Shard], Timestamp?) {
        var creation = try await streamCreation()
        while true {
            let shards = try await shardList.shards()
            // Between the two calls the stream may have been made again.
            let after = try await streamCreation()
            if after == creation { return (shards, creation) }
            creation = after
        }
    }

    private func streamCreation() async throws(ServiceError) -> Timestamp? {
        do throws(ServiceError) {
            return try await shardList.streamCreation()
        } catch  where error.code == .accessDenied {
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
            if try await leaseStore.lease(parent) == nil { created += try await synchronize() }
        }
        let creation = try await leaseStore.lease(shardID)?.streamCreation
        for child in children {
            let lease = Lease(child: child, streamCreation: creation)
            if try await leaseStore.create(lease) { created.append(lease) }
        }
        do throws(ServiceError) {
            try await leaseStore.setChildren(Set(children.map(\.shardID)), of: shardID)
        } catch  where error.code == .conditionalCheckFailed {
            // Somebody deleted the parent's lease; the checkpoint will tell.
        }
        return created
    }

    /// The shards that go on where a shard ended, as the stream lists them; empty while it is open.
    func children(of shardID: String) async throws(ServiceError) -> [ChildShard] {
        try await shardList.shards().filter { $0.parentShardIDs.contains(shardID) }.map {
            ChildShard(shardID: $0.shardID, parentShards: $0.parentShardIDs, hashKeyRange: $0.hashKeyRange)
        }
    }
}
