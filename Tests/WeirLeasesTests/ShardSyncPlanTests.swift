import Testing
import WeirLeases
import WeirModel
import WeirWire

@Suite struct ShardSyncPlanTests {
    private func shard(_ number: UInt32, parents: [UInt32] = [], isOpen: Bool = true) -> Shard {
        Shard(
            shardID: ShardID(number).description,
            parentShardID: parents.first.map { ShardID($0).description },
            adjacentParentShardID: parents.dropFirst().first.map { ShardID($0).description },
            hashKeyRange: HashKeyRangeShape(startingHashKey: "0", endingHashKey: "99"),
            sequenceNumberRange: SequenceNumberRange(
                startingSequenceNumber: "1",
                endingSequenceNumber: isOpen ? nil : "2"
            )
        )
    }

    private func lease(_ number: UInt32, _ checkpoint: LeaseCheckpoint = .trimHorizon) -> Lease {
        Lease(key: ShardID(number).description, checkpoint: checkpoint)
    }

    private func plan(
        _ shards: [Shard],
        _ leases: [Lease] = [],
        at position: LeaseCheckpoint = .trimHorizon
    ) -> [UInt32: LeaseCheckpoint] {
        let plan = ShardSyncPlan(shards: shards, leases: leases, initialPosition: position)
        return Dictionary(
            uniqueKeysWithValues: plan.leasesToCreate.map { (ShardID($0.key)?.number ?? .max, $0.checkpoint) }
        )
    }

    /// Another worker's clock was ahead at the first start, or this one's is behind: no time tells what was read.
    @Test func aFirstStartThatIsStillToComeIsNotBelieved() {
        let (now, future) = (Timestamp(millisecondsSinceEpoch: 5000), Timestamp(millisecondsSinceEpoch: 9000))
        func created(beside checkpoint: LeaseCheckpoint) -> Lease? {
            var lease = lease(0, checkpoint)
            lease.initialTimestamp = future
            return ShardSyncPlan(
                shards: [shard(0), shard(1)],
                leases: [lease],
                initialPosition: .latest,
                initialTimestamp: now
            ).leasesToCreate.first
        }
        for checkpoint in [LeaseCheckpoint.sequenceNumber("7"), .shardEnd] {
            #expect(created(beside: checkpoint)?.checkpoint == .trimHorizon)
            #expect(created(beside: checkpoint)?.initialTimestamp == nil)
        }
        // A first start that was interrupted, and nothing was read: it begins now.
        #expect(created(beside: .latest)?.checkpoint == .latest)
        #expect(created(beside: .latest)?.initialTimestamp == now)
    }

    /// 0 was split into 2 and 3; 1 and 3 were merged into 4.
    private var family: [Shard] {
        [
            shard(0, isOpen: false), shard(1, isOpen: false), shard(2, parents: [0]),
            shard(3, parents: [0], isOpen: false),
            shard(4, parents: [1, 3]),
        ]
    }

    @Test func leasesOfAnotherStreamOfTheNameAreStale() {
        let old = Timestamp(millisecondsSinceEpoch: 1_000)
        let new = Timestamp(millisecondsSinceEpoch: 2_000)
        let shards = [shard(0), shard(1)]
        let leases = [
            Lease(key: shards[0].shardID, checkpoint: .shardEnd, streamCreation: old),
            // A worker of the KCL made this one: nobody knows of which stream it is.
            Lease(key: shards[1].shardID, checkpoint: .sequenceNumber("7")),
        ]
        func plan(_ creation: Timestamp?, _ position: LeaseCheckpoint) -> ShardSyncPlan {
            ShardSyncPlan(
                shards: shards,
                leases: leases,
                streamCreation: creation,
                initialPosition: position,
                initialTimestamp: position == .trimHorizon ? nil : new
            )
        }
        for creation in [old, nil] {
            #expect(plan(creation, .latest).staleLeases.isEmpty)
            #expect(plan(creation, .latest).leasesToCreate.isEmpty)
        }
        for position in [LeaseCheckpoint.latest, .trimHorizon, .atTimestamp] {
            let plan = plan(new, position)
            #expect(plan.staleLeases.map(\.key) == [shards[0].shardID])
            #expect(plan.leasesToCreate.map(\.key) == [shards[0].shardID])
            #expect(plan.leasesToCreate[0].streamCreation == new)
            #expect(plan.leasesToCreate[0].checkpoint == (position == .atTimestamp ? .atTimestamp : .trimHorizon))
            #expect(plan.leasesToCreate[0].initialTimestamp == (position == .atTimestamp ? new : nil))
            #expect(plan.leasesToDelete.isEmpty)
        }
    }

    @Test func anEmptyTableAtTheTrimHorizonGetsEveryShard() {
        #expect(
            plan(family) == [0: .trimHorizon, 1: .trimHorizon, 2: .trimHorizon, 3: .trimHorizon, 4: .trimHorizon]
        )
    }

    @Test func anEmptyTableAtTheLatestRecordGetsTheOpenShards() {
        #expect(plan(family, at: .latest) == [2: .latest, 4: .latest])
    }

    @Test func theLatestRecordIsThatOfTheFirstStart() {
        let (first, second) = (Timestamp(millisecondsSinceEpoch: 1000), Timestamp(millisecondsSinceEpoch: 2000))
        func times(_ leases: [Lease], _ position: LeaseCheckpoint) -> [UInt32: Timestamp?] {
            let plan = ShardSyncPlan(
                shards: family,
                leases: leases,
                initialPosition: position,
                initialTimestamp: position == .trimHorizon ? nil : second
            )
            return Dictionary(
                uniqueKeysWithValues: plan.leasesToCreate.map {
                    (ShardID($0.key)?.number ?? .max, $0.initialTimestamp)
                }
            )
        }
        #expect(times([], .latest) == [2: second, 4: second])
        #expect(times([], .atTimestamp) == [0: second, 1: second, 2: second, 3: second, 4: second])
        #expect(times([], .trimHorizon) == [0: nil, 1: nil, 2: nil, 3: nil, 4: nil])
        // The first start was interrupted when it had made one lease; 1 and 3 were open then.
        var lease = lease(2, .latest)
        lease.initialTimestamp = first
        #expect(times([lease], .latest) == [1: first, 3: first, 4: first])
        // Where a shard goes on it begins at its beginning.
        lease.key = ShardID(1).description
        #expect(times([lease], .latest) == [0: first, 2: first, 3: first, 4: nil])
    }

    @Test func childrenOfLeasedShardsBeginAtTheirBeginning() {
        let leases = [lease(0, .sequenceNumber("5")), lease(1, .latest)]
        #expect(plan(family, leases, at: .latest) == [2: .trimHorizon, 3: .trimHorizon, 4: .trimHorizon])
    }

    @Test func shardsThatWerePassedGetNone() {
        #expect(plan(family, [lease(2), lease(4)]) == [:])
        #expect(plan(family, [lease(4, .latest)], at: .latest) == [2: .latest])
    }

    /// Nobody knows how far the shard was read, nor since when the application reads.
    @Test func aHoleInAnApplicationThatHasReadSomethingIsReadFromItsBeginning() {
        for checkpoint in [LeaseCheckpoint.trimHorizon, .sequenceNumber("7"), .shardEnd] {
            #expect(plan([shard(0), shard(1)], [lease(0, checkpoint)], at: .latest) == [1: .trimHorizon])
        }
    }

    @Test func aHoleIsFilled() {
        #expect(plan([shard(0), shard(1), shard(2)], [lease(0), lease(2)]) == [1: .trimHorizon])
    }

    @Test func nothingIsMissing() {
        let plan = ShardSyncPlan(
            shards: family,
            leases: (0...4).map { lease($0) },
            initialPosition: .trimHorizon
        )
        #expect(plan.leasesToCreate == [])
        #expect(plan.leasesToDelete == [])
    }

    @Test func parentsAndRangesAreNoted() throws {
        let leases = ShardSyncPlan(shards: family, leases: [], initialPosition: .trimHorizon).leasesToCreate
        let merged = try #require(leases.last)
        #expect(merged.parentShardIDs == ["shardId-000000000001", "shardId-000000000003"])
        #expect(merged.hashKeyRange?.ending == HashKey(99))
        #expect(leases.map(\.key) == leases.map(\.key).sorted())
    }

    @Test func parentsThatAgedOutAreLeftOut() throws {
        let leases = ShardSyncPlan(shards: [shard(2, parents: [0])], leases: [], initialPosition: .trimHorizon)
        #expect(try #require(leases.leasesToCreate.first).parentShardIDs == [])
    }

    @Test func parentsThatAgedOutBeforeTheyWereReadAreWaitedFor() throws {
        let plan = ShardSyncPlan(shards: [shard(2, parents: [0])], leases: [lease(0)], initialPosition: .latest)
        let child = try #require(plan.leasesToCreate.first)
        #expect(child.parentShardIDs == [ShardID(0).description])
        #expect(child.checkpoint == .trimHorizon)
    }

    @Test func endedLeasesOfShardsThatAgedOutAreDeleted() {
        let plan = ShardSyncPlan(
            shards: [shard(2, parents: [0])],
            leases: [lease(0, .shardEnd), lease(1, .sequenceNumber("3")), lease(2)],
            initialPosition: .trimHorizon
        )
        // A lease whose shard is gone before it was read to its end is the consumer's to report.
        #expect(plan.leasesToDelete == ["shardId-000000000000"])
    }
}
