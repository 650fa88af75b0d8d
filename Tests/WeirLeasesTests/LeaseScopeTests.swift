import Testing
import WeirLeases
import WeirModel

/// What one machine does about leases of streams that it is to read, and of those that it is not.
@Suite struct LeaseScopeTests {
    private let second: UInt64 = 1_000_000_000
    private let flights = StreamIdentity(accountID: "1", streamName: "flights", creationEpoch: 1)
    private let weather = StreamIdentity(accountID: "1", streamName: "weather", creationEpoch: 1)

    private func machine(_ scope: LeaseScope) -> LeaseStateMachine {
        var configuration = LeaseStateMachine.Configuration(workerID: "me", failoverTime: .seconds(3))
        configuration.scope = scope
        var machine = LeaseStateMachine(configuration: configuration, seed: 1)
        _ = machine.handle(.tick, at: 0)
        return machine
    }

    private func lease(_ number: Int, of stream: StreamIdentity, owner: String? = nil) -> Lease {
        Lease(
            key: stream.leaseKey(of: "shardId-00000000000\(number)"),
            stream: stream,
            owner: owner,
            counter: 7,
            checkpoint: .trimHorizon,
            weirOwner: owner
        )
    }

    private func writes(_ actions: [LeaseStateMachine.Action]) -> [LeaseWrite] {
        actions.compactMap { if case .write(let write) = $0 { write } else { nil } }
    }

    /// Answers all writes, and those that follow from them, as done.
    private func settle(
        _ machine: inout LeaseStateMachine,
        _ actions: [LeaseStateMachine.Action],
        at now: UInt64
    ) -> [LeaseStateMachine.Action] {
        var (all, waiting) = (actions, writes(actions))
        while let write = waiting.popLast() {
            let more = machine.handle(.wrote(write, .succeeded), at: now)
            all += more
            waiting += writes(more)
        }
        return all
    }

    /// A machine that reads both streams and holds their leases, of which there is one each.
    private func holdingBoth() -> LeaseStateMachine {
        var machine = machine(.streams([flights, weather]))
        let leases = [lease(0, of: flights), lease(0, of: weather)]
        // All before a renewal is due.
        for scan in 0..<4 as Range<UInt64> {
            let now = scan * second / 100
            let seen = leases.map { lease in machine.lease(lease.key) ?? lease }
            _ = settle(&machine, machine.handle(.scanned(seen), at: now), at: now)
        }
        return machine
    }

    @Test func onlyLeasesOfTheStreamsAreTaken() throws {
        for (scope, expected) in [
            (LeaseScope.streams([flights]), [lease(0, of: flights).key]), (.streams([]), []), (.oneStream, ["alone"]),
        ] {
            var machine = machine(scope)
            let leases = [
                lease(0, of: flights), lease(0, of: weather), Lease(key: "alone", checkpoint: .trimHorizon),
            ]
            for scan in 0..<5 as Range<UInt64> {
                let now = scan * 10 * second
                _ = settle(
                    &machine,
                    machine.handle(.scanned(leases.map { machine.lease($0.key) ?? $0 }), at: now),
                    at: now
                )
            }
            #expect(machine.heldLeases.map(\.key) == expected)
        }
    }

    @Test func whatIsReadNoMoreIsStoppedThenReleased() throws {
        var machine = holdingBoth()
        #expect(machine.heldLeases.map(\.stream) == [flights, weather])
        let key = lease(0, of: weather).key
        let now = second / 2
        let stops = machine.handle(.scope(.streams([flights])), at: now)
        #expect(stops == [.stopConsumer(key: key, .shutdownRequested)])
        // What is at hand is checkpointed first.
        let moved = machine.handle(.checkpoint(key: key, .sequenceNumber("5")), at: now)
        #expect(writes(moved).map(\.change) == [.checkpoint(.sequenceNumber("5"))])
        #expect(settle(&machine, moved, at: now).contains(.checkpointed(key: key, .sequenceNumber("5"))))
        let actions = machine.handle(.consumerStopped(key: key), at: now)
        #expect(writes(actions).map(\.change) == [.release])
        #expect(settle(&machine, actions, at: now).contains(.report(.released(key: key))))
        #expect(machine.heldLeases.map(\.stream) == [flights])
        // Free as it is, it is left alone.
        let released = try #require(machine.lease(key))
        let own = try #require(machine.heldLeases.first)
        for _ in 0..<3 { #expect(writes(machine.handle(.changed([released, own]), at: now + 1)) == []) }
        // Until its stream is read again: then from its checkpoint.
        let again = settle(&machine, machine.handle(.scope(.streams([flights, weather])), at: now + 2), at: now + 2)
        let started = again.compactMap { if case .startConsumer(let lease, _) = $0 { lease } else { nil } }
        #expect(started.map(\.checkpoint) == [.sequenceNumber("5")])
        #expect(own.stream == flights)
    }

    @Test func aTakeThatIsTooLateIsGivenUp() throws {
        var machine = machine(.streams([flights, weather]))
        let take = try #require(writes(machine.handle(.scanned([lease(0, of: weather)]), at: 0)).first)
        _ = machine.handle(.scope(.streams([flights])), at: 1)
        let actions = machine.handle(.wrote(take, .succeeded), at: 2)
        #expect(writes(actions).map(\.change) == [.release])
        #expect(!actions.contains { if case .startConsumer = $0 { true } else { false } })
    }

    @Test func aRequestIsTakenBack() throws {
        var machine = machine(.streams([flights, weather]))
        let leases = (0..<4).map { lease($0, of: weather, owner: "other") }
        let request = try #require(writes(machine.handle(.scanned(leases), at: 0)).first)
        #expect(request.change == .requestHandOff(to: "me"))
        _ = settle(&machine, [.write(request)], at: 0)
        let asked = writes(machine.handle(.scope(.streams([flights])), at: 1)).map(\.change)
        #expect(asked == [.withdrawHandOff(to: "me")])
    }

    /// Handed over when the stream was not to be read any more, or left by an earlier life of the worker.
    @Test func whatNamesTheWorkerAndIsNotItsToReadIsReleasedInTheEnd() {
        var machine = machine(.streams([flights]))
        let left = lease(0, of: weather, owner: "me")
        #expect(writes(machine.handle(.scanned([left]), at: 0)) == [])
        #expect(writes(machine.handle(.scanned([left]), at: 3 * second)) == [])
        let actions = machine.handle(.scanned([left]), at: 3 * second + 1)
        #expect(writes(actions).map(\.change) == [.release])
        let all = settle(&machine, actions, at: 3 * second + 2)
        #expect(all.contains(.report(.released(key: left.key))))
    }

    /// A worker that begins anew under its old name does not know its streams at once.
    @Test func whatAnEarlierLifeHeldIsResumedWhenTheStreamIsKnown() {
        var machine = machine(.streams([]))
        let held = lease(0, of: weather, owner: "me")
        #expect(writes(machine.handle(.scanned([held]), at: 0)) == [])
        let actions = settle(&machine, machine.handle(.scope(.streams([weather])), at: second), at: second)
        #expect(actions.contains(.report(.taken(key: held.key, from: "me", how: .resumed))))
    }

    /// A worker that reads more streams has more to do, though this one could not take what it has more.
    @Test func leasesOfOtherStreamsCountAsTheLoadOfTheirOwners() {
        var machine = machine(.streams([flights]))
        let others = (0..<3).map { lease($0, of: weather, owner: "other") }
        let shared = [lease(0, of: flights, owner: "other"), lease(1, of: flights, owner: "other")]
        let asked = writes(machine.handle(.scanned(others + shared), at: 0))
        #expect(Set(asked.map(\.lease.key)) == Set(shared.map(\.key)))
        #expect(asked.allSatisfy { $0.change == .requestHandOff(to: "me") })
    }

    /// Leases that nobody reads any more are nobody's share.
    @Test func freeLeasesOfOtherStreamsDoNotRaiseTheShare() {
        var machine = machine(.streams([flights]))
        let left = (0..<6).map { lease($0, of: weather) }
        let mine = [lease(0, of: flights), lease(1, of: flights, owner: "other")]
        let actions = machine.handle(.scanned(left + mine), at: 0)
        #expect(writes(actions).map(\.lease.key) == [mine[0].key])
        _ = settle(&machine, actions, at: 0)
        // One each is even.
        let seen = mine.map { machine.lease($0.key) ?? $0 }
        #expect(writes(machine.handle(.scanned(left + seen), at: second / 2)) == [])
    }

    /// The parent's lease is found by its key, and a shard of the same ID in another stream is no parent.
    @Test func aChildWaitsForTheParentOfItsOwnStream() throws {
        var machine = machine(.streams([flights, weather]))
        var child = lease(1, of: flights)
        child.parentShardIDs = ["shardId-000000000000"]
        var parent = lease(0, of: flights, owner: "other")
        var namesake = lease(0, of: weather, owner: "other")
        namesake.checkpoint = .shardEnd
        let take = try #require(writes(machine.handle(.scanned([parent, child, namesake]), at: 0)).first)
        #expect(take.lease.key == child.key)
        let taken = machine.handle(.wrote(take, .succeeded), at: 0)
        #expect(!taken.contains { if case .startConsumer = $0 { true } else { false } })
        parent.counter += 1
        parent.checkpoint = .shardEnd
        let actions = machine.handle(.changed([parent]), at: 1)
        #expect(
            actions.contains { if case .startConsumer(let lease, _) = $0 { lease.key == child.key } else { false } }
        )
    }

    @Test func aShutdownGoesOnWhileStreamsChange() throws {
        var machine = holdingBoth()
        let now = second / 2
        _ = machine.handle(.shutdown, at: now)
        #expect(machine.handle(.scope(.streams([])), at: now) == [])
        var actions: [LeaseStateMachine.Action] = []
        for held in machine.heldLeases {
            actions += settle(&machine, machine.handle(.consumerStopped(key: held.key), at: now), at: now)
        }
        #expect(actions.contains(.finished))
        #expect(machine.heldLeases == [])
    }

    /// In the table of one stream the new lease has the key of the old one, and counts from 0 again: usually a sign of an answer
    /// that is old.
    @Test func aLeaseOfAStreamThatWasMadeAgainEndsTheTenureAtOnce() throws {
        func lease(madeAt milliseconds: Int64, counter: Int64) -> Lease {
            Lease(
                key: "shardId-000000000000",
                counter: counter,
                checkpoint: .trimHorizon,
                streamCreation: Timestamp(millisecondsSinceEpoch: milliseconds)
            )
        }
        for (milliseconds, isLost) in [(1000 as Int64, false), (999, false), (1001, true)] {
            var machine = machine(.oneStream)
            let take = try #require(
                writes(machine.handle(.scanned([lease(madeAt: 1000, counter: 7)]), at: 0)).first
            )
            _ = machine.handle(.wrote(take, .succeeded), at: 0)
            let renew = try #require(writes(machine.handle(.deleted([take.lease.key]), at: 1)).first)
            #expect(renew.change == .renew)
            _ = machine.handle(.wrote(renew, .conditionFailed), at: 2)
            let found = lease(madeAt: milliseconds, counter: 0)
            let actions = machine.handle(.read(key: found.key, .found(found)), at: 3)
            #expect(actions.contains(.stopConsumer(key: found.key, .leaseLost)) == isLost)
            #expect(machine.heldLeases.isEmpty == isLost)
            guard isLost else { continue }
            // The next scan is due, and the new lease is taken when the consumer has stopped.
            _ = machine.handle(.consumerStopped(key: found.key), at: 4)
            #expect(machine.nextDeadline < second / 2)
            #expect(machine.handle(.tick, at: second / 2) == [.scan])
            #expect(writes(machine.handle(.scanned([found]), at: second / 2)).map(\.lease) == [found])
        }
    }
}
