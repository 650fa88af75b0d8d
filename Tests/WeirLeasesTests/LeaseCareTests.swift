import Testing
import WeirLeases
import WeirModel
import WeirWire

@Suite struct LeaseCareTests {
    private let second: UInt64 = 1_000_000_000

    private func key(_ number: UInt32) -> String { ShardID(number).description }

    /// Shards 0 and 1 have half of the hash keys each. 0 was split into 2 and 3; 1 and 3 were merged into 4.
    private var shards: [Shard] {
        let quarter = HashKeyRange.uniform(count: 4)
        let low = HashKeyRange(starting: quarter[0].starting, ending: quarter[1].ending)
        let high = HashKeyRange(starting: quarter[2].starting, ending: quarter[3].ending)
        return [
            shard(0, low, isOpen: false), shard(1, high, isOpen: false), shard(2, quarter[0], parents: [0]),
            shard(3, quarter[1], parents: [0], isOpen: false),
            shard(4, HashKeyRange(starting: quarter[1].starting, ending: high.ending), parents: [1, 3]),
        ]
    }

    private func shard(_ number: UInt32, _ range: HashKeyRange, parents: [UInt32] = [], isOpen: Bool = true) -> Shard {
        Shard(
            shardID: key(number),
            parentShardID: parents.first.map { key($0) },
            adjacentParentShardID: parents.dropFirst().first.map { key($0) },
            hashKeyRange: HashKeyRangeShape(
                startingHashKey: range.starting.description,
                endingHashKey: range.ending.description
            ),
            sequenceNumberRange: SequenceNumberRange(
                startingSequenceNumber: "1",
                endingSequenceNumber: isOpen ? nil : "2"
            )
        )
    }

    private func lease(_ number: UInt32, _ checkpoint: LeaseCheckpoint, parents: [UInt32] = []) -> Lease {
        Lease(key: key(number), checkpoint: checkpoint, parentShardIDs: Set(parents.map { key($0) }))
    }

    private func deleted(_ leases: [Lease], _ shards: [Shard]? = nil, looks: Int = 2) -> [String] {
        var care = LeaseCareStateMachine(grace: .seconds(60))
        var deleted: [Lease] = []
        for look in 0..<looks {
            deleted =
                care.note(shards: shards ?? self.shards, leases: leases, at: UInt64(look) * 60 * second).leasesToDelete
        }
        return deleted.map(\.key)
    }

    @Test func anEndedLeaseGoesWhenAllItsChildrenWereBegunForTheTimeOfGrace() {
        let leases = [
            lease(0, .shardEnd), lease(1, .sequenceNumber("7")), lease(2, .sequenceNumber("9"), parents: [0]),
            lease(3, .shardEnd, parents: [0]), lease(4, .trimHorizon, parents: [1, 3]),
        ]
        #expect(deleted(leases, looks: 1) == [])
        #expect(deleted(leases) == [key(0)])
        var care = LeaseCareStateMachine(grace: .seconds(60))
        #expect(care.maximumAge == 30 * second)
        #expect(care.note(shards: shards, leases: leases, at: second).leasesToDelete == [])
        #expect(care.note(shards: shards, leases: leases, at: 61 * second - 1).leasesToDelete == [])
        #expect(care.note(shards: shards, leases: leases, at: 61 * second).leasesToDelete.map(\.key) == [key(0)])
    }

    @Test(arguments: [LeaseCheckpoint.trimHorizon, .latest, .atTimestamp])
    func aChildThatWasNotBegunKeepsItsParent(checkpoint: LeaseCheckpoint) {
        let leases = [
            lease(0, .shardEnd), lease(1, .sequenceNumber("7")), lease(2, checkpoint, parents: [0]),
            lease(3, .sequenceNumber("7"), parents: [0]),
        ]
        #expect(deleted(leases) == [])
        // So does one that has no lease: somebody deleted it.
        #expect(deleted(leases.filter { $0.key != key(2) }) == [])
    }

    @Test func generationsGoParentsFirst() {
        let leases = [
            lease(0, .shardEnd), lease(1, .shardEnd), lease(2, .sequenceNumber("9"), parents: [0]),
            lease(3, .shardEnd, parents: [0]), lease(4, .sequenceNumber("9"), parents: [1, 3]),
        ]
        #expect(deleted(leases) == [key(0), key(1), key(3)])
        // While the parent's is there the child's stays.
        var waiting = leases
        waiting[2].checkpoint = .trimHorizon
        #expect(deleted(waiting) == [key(1)])
    }

    @Test func theTimeOfGraceBeginsAnewWhenALeaseIsWantedAgain() {
        var care = LeaseCareStateMachine(grace: .seconds(60))
        var leases = [
            lease(0, .shardEnd), lease(1, .sequenceNumber("1")), lease(2, .sequenceNumber("9")),
            lease(3, .sequenceNumber("9")),
        ]
        #expect(care.note(shards: shards, leases: leases, at: 0).leasesToDelete == [])
        leases[2].checkpoint = .trimHorizon
        #expect(care.note(shards: shards, leases: leases, at: 60 * second).leasesToDelete == [])
        leases[2].checkpoint = .sequenceNumber("9")
        #expect(care.note(shards: shards, leases: leases, at: 120 * second).leasesToDelete == [])
        #expect(care.note(shards: shards, leases: leases, at: 180 * second).leasesToDelete.map(\.key) == [key(0)])
    }

    @Test func theLeaseOfAShardThatAgedOutGoes() {
        let listed = Array(shards.dropFirst())
        let all = [
            lease(1, .sequenceNumber("7")), lease(2, .trimHorizon), lease(3, .trimHorizon), lease(4, .trimHorizon),
        ]
        #expect(deleted([lease(0, .sequenceNumber("3"))] + all, listed) == [key(0)])
        // Not before the shards that go on after it have leases: they would begin anywhere.
        #expect(deleted([lease(0, .sequenceNumber("3"))] + all.filter { $0.key != key(3) }, listed) == [])
        // One that is younger than all that are listed may not be listed yet.
        #expect(deleted([lease(5, .trimHorizon)] + all, listed) == [])
        // What is no shard's is nobody's.
        #expect(deleted([Lease(key: "xyz", checkpoint: .trimHorizon)] + all, listed) == ["xyz"])
        // When nothing at all is listed, nothing is known.
        #expect(deleted([lease(0, .trimHorizon)] + all, []) == [])
    }

    @Test func holesAreToldWhenTheyAreSeenTwiceAndWhenTheyAreGone() {
        var care = LeaseCareStateMachine(grace: .seconds(60))
        let whole = [lease(1, .trimHorizon), lease(2, .trimHorizon), lease(3, .trimHorizon)]
        // 3 was ended by somebody: the parent's end, and its own keys, are nobody's.
        let holed = [lease(1, .trimHorizon), lease(2, .trimHorizon), lease(3, .shardEnd)]
        var told: [[HashKeyRange]?] = []
        var counts: [Int] = []
        for leases in [whole, whole, holed, holed, holed, whole, whole] {
            let findings = care.note(shards: shards, leases: leases, at: 0)
            told.append(findings.holesToTell)
            counts.append(findings.holeCount)
        }
        let hole = HashKeyRange.uniform(count: 4)[1]
        #expect(told == [nil, nil, nil, [hole], nil, [], nil])
        #expect(counts == [0, 0, 0, 1, 1, 0, 0])
    }

    @Test func whatIsUncovered() {
        let parts = HashKeyRange.uniform(count: 8)
        #expect(HashKeyRange.uncovered(by: []) == [.all])
        #expect(HashKeyRange.uncovered(by: [.all, parts[2]]) == [])
        #expect(HashKeyRange.uncovered(by: parts.reversed()) == [])
        #expect(
            HashKeyRange.uncovered(by: [parts[1], parts[2], parts[4], parts[1]]).map(\.starting)
                == [parts[0], parts[3], parts[5]].map(\.starting)
        )
        #expect(HashKeyRange.uncovered(by: Array(parts.dropLast())) == [parts[7]])
    }
}
