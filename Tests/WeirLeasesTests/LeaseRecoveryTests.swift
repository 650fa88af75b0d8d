import Testing
import WeirLeases

/// What histories found that machines did wrong, event by event.
@Suite struct LeaseRecoveryTests {
    private let second: UInt64 = 1_000_000_000
    private let key = "shardId-000000000000"

    private func writes(_ actions: [LeaseStateMachine.Action]) -> [LeaseWrite] {
        actions.compactMap { if case .write(let write) = $0 { write } else { nil } }
    }

    /// A machine that has seen these leases at time 0.
    private func machine(_ leases: [Lease]) -> (LeaseStateMachine, [LeaseWrite]) {
        var machine = LeaseStateMachine(configuration: .init(workerID: "me", failoverTime: .seconds(3)), seed: 1)
        _ = machine.handle(.tick, at: 0)
        let writes = writes(machine.handle(.scanned(leases), at: 0))
        return (machine, writes)
    }

    /// A machine that holds a lease since time 0.
    private func holding() throws -> LeaseStateMachine {
        var (machine, takes) = machine([Lease(key: key, counter: 7, checkpoint: .trimHorizon)])
        _ = machine.handle(.wrote(try #require(takes.first), .succeeded), at: 0)
        return machine
    }

    @Test func anOldAnswerLosesNoLease() throws {
        var machine = try holding()
        let old = try #require(machine.heldLeases.first)
        let first = try #require(writes(machine.handle(.tick, at: second)).first)
        _ = machine.handle(.wrote(first, .succeeded), at: second)
        let renewal = try #require(writes(machine.handle(.tick, at: 2 * second)).first)
        #expect(machine.handle(.wrote(renewal, .conditionFailed), at: 2 * second) == [.read(key: key)])
        // What an earlier read has shown, once more.
        #expect(machine.handle(.read(key: key, .found(old)), at: 2 * second) == [])
        let again = 2 * second + 3 * second / 20
        #expect(machine.nextDeadline == again)
        #expect(machine.handle(.tick, at: again) == [.read(key: key)])
        _ = machine.handle(.read(key: key, .found(renewal.result)), at: again)
        #expect(machine.heldLeases == [renewal.result])
    }

    @Test func theEndOfAShardThatArrivesLateEndsTheTenure() throws {
        var machine = try holding()
        let end = try #require(writes(machine.handle(.checkpoint(key: key, .shardEnd), at: 1)).first)
        #expect(machine.handle(.wrote(end, .unknown), at: 2) == [.read(key: key)])
        // It is not there yet, and will be written again; then the feed shows that it is.
        #expect(machine.handle(.read(key: key, .found(end.lease)), at: 3) == [])
        _ = machine.handle(.changed([end.result]), at: 4)
        let actions = machine.handle(.tick, at: machine.nextDeadline)
        #expect(actions.contains(.checkpointed(key: key, .shardEnd)))
        #expect(machine.heldLeases == [])
        // Nobody renews a lease that has ended.
        _ = machine.handle(.consumerStopped(key: key), at: second)
        #expect(writes(machine.handle(.tick, at: 2 * second)) == [])
    }

    @Test func whoComesTooLateForOneLeaseTakesAnother() throws {
        // Three workers, and three leases: one each.
        var moving = Lease(key: "x", owner: "v", counter: 1, checkpoint: .trimHorizon, weirOwner: "v")
        moving.handOffTo = "w"
        var (machine, _) = machine([moving])
        let free = ["c", "d"].map { Lease(key: $0, counter: 0, checkpoint: .trimHorizon) }
        let now = second / 2
        let takes = writes(machine.handle(.changed(free), at: now) + machine.handle(.tick, at: now + second / 4))
        let take = try #require(takes.first)
        #expect(takes.count == 1)
        let taken = LeaseWrite(.take(worker: "w"), of: take.lease, decidedAt: 0).result
        #expect(machine.handle(.changed([taken]), at: now + second / 4) == [])
        let next = writes(machine.handle(.wrote(take, .conditionFailed), at: now + second / 4))
        #expect(next.map(\.change) == [.take(worker: "me")])
        #expect(next.first?.lease.key != take.lease.key)
    }

    @Test func aLeaseThatIsHandedOverSoonAfterAnotherWorkerWasFirstIsTakenUpAtOnce() throws {
        var (machine, _) = machine([])
        let lease = Lease(key: key, counter: 0, checkpoint: .trimHorizon)
        let take = try #require(writes(machine.handle(.changed([lease]), at: second)).first)
        #expect(machine.handle(.wrote(take, .conditionFailed), at: second) == [])
        // The owner hands it over, before this worker would have tried again.
        let taken = LeaseWrite(.take(worker: "w"), of: lease, decidedAt: 0).result
        let moved = LeaseWrite(.transfer(to: "me"), of: taken, decidedAt: 0).result
        let next = writes(machine.handle(.changed([taken, moved]), at: second + 1))
        #expect(next.map(\.lease) == [moved])
    }

    /// Several workers begin at once, and none of them sees another one in the table yet.
    @Test func aNewWorkerGetsToKnowTheOthersBeforeItTakesWhatIsTheirs() throws {
        let leases = (0..<10).map { Lease(key: "\($0)", checkpoint: .trimHorizon) }
        var (machine, takes) = machine(leases)
        #expect(takes.count == 2)
        var table = Dictionary(uniqueKeysWithValues: leases.map { ($0.key, $0) })
        var now: UInt64 = 0
        for take in takes {
            table[take.lease.key] = take.result
            _ = machine.handle(.wrote(take, .succeeded), at: now)
        }
        // Another worker has taken as many; each is to have five.
        for lease in table.values.filter({ $0.owner == nil }).prefix(2) {
            table[lease.key] = LeaseWrite(.take(worker: "w"), of: lease, decidedAt: 0).result
        }
        // The next scan does not wait.
        #expect(machine.nextDeadline == now)
        now += 1
        #expect(machine.handle(.tick, at: now) == [.scan])
        takes = writes(machine.handle(.scanned(Array(table.values)), at: now))
        #expect(takes.count == 3)
        for take in takes { _ = machine.handle(.wrote(take, .succeeded), at: now) }
        #expect(machine.nextDeadline > now)
    }

    /// While the feed tells of what the others do, a scan each fail-over time is enough; else they come four times as often.
    @Test func aFeedSparesScansAtRest() throws {
        var leases = [Lease(key: "a", owner: "w", counter: 1, checkpoint: .trimHorizon, weirOwner: "w")]
        var (machine, _) = machine(leases)
        var scans: [UInt64] = []
        for step in 1..<90 as Range<UInt64> {
            let now = step * second / 10
            leases[0].counter += 1
            if step < 40 { _ = machine.handle(.changed(leases), at: now) }
            guard machine.handle(.tick, at: now).contains(.scan) else { continue }
            scans.append(step)
            _ = machine.handle(.scanned(leases), at: now)
        }
        // The fail-over time is 30 steps, a quarter of it lies between two looks at the time. The feed falls silent after 39,
        // which shows after 10.
        #expect(scans.first.map { (30...38).contains($0) } == true)
        #expect(scans.dropFirst().first.map { (49...57).contains($0) } == true)
        #expect(scans.dropFirst(2).first.map { $0 <= 66 } == true)
    }

    /// It counts from 0 once more, and may be just where the earlier one was when that was seen last.
    @Test func aLeaseThatWasMadeAgainForAnotherOwnerHasNotExpired() {
        let old = Lease(key: key, owner: "v", counter: 4, checkpoint: .trimHorizon, weirOwner: "v")
        var (machine, _) = machine([old, Lease(key: "x", owner: "v", counter: 1, checkpoint: .shardEnd)])
        let new = Lease(key: key, owner: "w", counter: 4, checkpoint: .trimHorizon, weirOwner: "w")
        _ = machine.handle(.tick, at: 9 * second)
        let seen = writes(machine.handle(.scanned([new]), at: 9 * second))
        #expect(seen == [])
        _ = machine.handle(.tick, at: 12 * second + 1)
        let expired = writes(machine.handle(.scanned([new]), at: 12 * second + 1))
        #expect(expired.map(\.change) == [.take(worker: "me")])
    }
}
