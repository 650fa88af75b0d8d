import Testing

@testable import WeirLeases

/// What a worker keeps of many leases.
@Suite struct LeaseEntriesTests {
    private func lease(_ number: Int, owner: String? = nil, counter: Int64 = 0) -> Lease {
        Lease(key: "shard-\(number)", owner: owner, counter: counter, checkpoint: .trimHorizon, weirOwner: owner)
    }

    private func entries(_ leases: [Lease]) -> LeaseEntries {
        var entries = LeaseEntries(workerID: "me", scope: .oneStream)
        for lease in leases { entries[lease.key] = LeaseEntry(lease, now: 0, scan: 1) }
        return entries
    }

    /// Each worker keeps all leases of its application: of most it has no more than this.
    @Test func anEntryIsSmall() {
        #expect(MemoryLayout<Lease>.size == MemoryLayout<UnsafeRawPointer>.size)
        #expect(MemoryLayout<LeaseEntry>.stride <= 40)
    }

    @Test func aCopyOfALeaseIsItsOwn() {
        let lease = lease(0, owner: "a", counter: 7)
        var copy = lease
        #expect(copy == lease)
        copy.counter += 1
        copy.owner = "b"
        #expect(lease.counter == 7 && lease.owner == "a")
        #expect(copy.counter == 8 && copy.owner == "b" && copy != lease)
    }

    @Test func aSignOfLifeIsNotedAtOnce() {
        var entries = entries([lease(0, owner: "a", counter: 3)])
        entries.now = 50
        #expect(entries.note(lease(0, owner: "a", counter: 3)) == .none)
        #expect(entries["shard-0"]?.changedAt == 0)
        #expect(entries.note(lease(0, owner: "a", counter: 4)) == .life)
        #expect(entries["shard-0"]?.changedAt == 50)
        #expect(entries["shard-0"]?.lease.counter == 4)
        #expect(entries.loads == ["me": 0, "a": 1])
    }

    /// Whatever may change what is counted, or what this worker does, is looked at closely.
    @Test func everythingElseIsLookedAtClosely() {
        var requested = lease(0, owner: "a", counter: 4)
        requested.handOffTo = "me"
        var ended = lease(0, owner: "a", counter: 4)
        ended.checkpoint = .shardEnd
        var heavier = lease(0, owner: "a", counter: 4)
        heavier.throughput = 5
        var java = lease(0, owner: "a", counter: 4)
        java.weirOwner = nil
        let news = [
            lease(1), lease(0, owner: "b", counter: 4), lease(0, counter: 4), lease(0, owner: "me", counter: 4),
            lease(0, owner: "a", counter: 2), requested, ended, heavier, java,
        ]
        for lease in news {
            var entries = entries([self.lease(0, owner: "a", counter: 3)])
            #expect(entries.note(lease) == .other, "\(lease)")
            #expect(entries["shard-0"]?.lease.counter == 3)
        }
        // One that had expired, or with which this worker is about to do something, is not only alive.
        var entries = entries([lease(0, owner: "a", counter: 3)])
        entries["shard-0"]?.isExpired = true
        #expect(entries.note(lease(0, owner: "a", counter: 4)) == .other)
        entries["shard-0"]?.isExpired = false
        entries["shard-0"]?.request = .init(owner: "a", at: 0)
        #expect(entries.note(lease(0, owner: "a", counter: 4)) == .other)
    }

    @Test func whatNobodyHoldsIsKeptWithItsTime() {
        var entries = LeaseEntries(workerID: "me", scope: .oneStream)
        for number in 0..<4 {
            entries.now = UInt64(number)
            entries["shard-\(number)"] = LeaseEntry(lease(number), now: entries.now, scan: 1)
        }
        #expect(entries.available.elements.map(\.key) == (0..<4).map { "shard-\($0)" })
        #expect(entries.available.oldest == 0)
        entries["shard-0"]?.lease = lease(0, owner: "a", counter: 1)
        entries["shard-2"] = nil
        #expect(Set(entries.available.elements.map(\.key)) == ["shard-1", "shard-3"])
        #expect(entries.available.oldest == 1)
        entries.now = 9
        entries["shard-0"]?.lease = lease(0, counter: 2)
        #expect(entries.available.elements.first { $0.key == "shard-0" }?.since == 9)
    }

    @Test func aShuffleGivesEachOnceInAnyOrder() {
        var available = AvailableLeases()
        for number in 0..<50 { available.insert("\(number)", since: 0) }
        func order(seed: UInt64) -> [Int] {
            var (random, shuffle) = (SplitMix64(seed: seed), available.shuffled())
            return Array(sequence(state: ()) { _ in shuffle.draw(using: &random) })
        }
        #expect(order(seed: 1).sorted() == Array(0..<50))
        #expect(order(seed: 1) == order(seed: 1))
        #expect(Set((0..<20).map { order(seed: $0).first }).count > 5)
        #expect(order(seed: 1) != order(seed: 2) && order(seed: 1) != Array(0..<50))
    }
}
