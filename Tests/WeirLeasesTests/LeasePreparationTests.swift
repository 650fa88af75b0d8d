import Testing
import WeirLeases
import WeirSimulation

/// The first half of checkpoints in two phases, event by event.
@Suite struct LeasePreparationTests {
    private let second: UInt64 = 1_000_000_000
    private let key = "shardId-000000000000"
    private let pending = PendingCheckpoint(.position(5), state: [1, 2])

    private func writes(_ actions: [LeaseStateMachine.Action]) -> [LeaseWrite] {
        actions.compactMap { if case .write(let write) = $0 { write } else { nil } }
    }

    /// A machine that holds a lease since time 0.
    private func holding() throws -> LeaseStateMachine {
        var machine = LeaseStateMachine(configuration: .init(workerID: "me", failoverTime: .seconds(3)), seed: 1)
        _ = machine.handle(.tick, at: 0)
        let lease = Lease(key: key, counter: 7, checkpoint: .trimHorizon)
        let take = try #require(writes(machine.handle(.scanned([lease]), at: 0)).first)
        _ = machine.handle(.wrote(take, .succeeded), at: 0)
        return machine
    }

    @Test func itIsWrittenAndASignOfLife() throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.prepare(key: key, pending), at: second)).first)
        #expect(write.change == .prepare(pending))
        let actions = machine.handle(.wrote(write, .succeeded), at: second)
        #expect(actions == [.holdUntil(key: key, 4 * second), .prepared(key: key, pending)])
        #expect(machine.lease(key)?.pendingCheckpoint == pending)
        #expect(machine.lease(key)?.checkpoint == .trimHorizon)
        // Once more: it is there.
        #expect(machine.handle(.prepare(key: key, pending), at: second) == [.prepared(key: key, pending)])
        // The second half clears it.
        let commit = try #require(writes(machine.handle(.checkpoint(key: key, .position(5)), at: second)).first)
        #expect(machine.handle(.wrote(commit, .succeeded), at: second).contains(.checkpointed(key: key, .position(5))))
        #expect(machine.lease(key)?.pendingCheckpoint == nil)
        // And one that the checkpoint has passed needs no write.
        #expect(machine.handle(.prepare(key: key, pending), at: second) == [.prepared(key: key, pending)])
    }

    @Test func itWaitsForTheWriteUnderWayAndKeepsTheOrder() throws {
        var machine = try holding()
        let first = try #require(writes(machine.handle(.checkpoint(key: key, .position(1)), at: 1)).first)
        let other = PendingCheckpoint(.position(6))
        #expect(machine.handle(.prepare(key: key, pending), at: 2) == [])
        #expect(machine.handle(.prepare(key: key, other), at: 2) == [])
        #expect(machine.handle(.checkpoint(key: key, .position(2)), at: 2) == [])
        var changes: [LeaseWrite.Change] = []
        var next: LeaseWrite? = first
        while let write = next {
            changes.append(write.change)
            next = writes(machine.handle(.wrote(write, .succeeded), at: 3)).first
        }
        #expect(
            changes == [.checkpoint(.position(1)), .checkpoint(.position(2)), .prepare(pending), .prepare(other)]
        )
    }

    @Test func oneWhoseAnswerWasLostIsRecognised() throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.prepare(key: key, pending), at: second)).first)
        #expect(machine.handle(.wrote(write, .conditionFailed), at: second) == [.read(key: key)])
        let actions = machine.handle(.read(key: key, .found(write.result)), at: second + 1)
        #expect(actions == [.holdUntil(key: key, 4 * second), .prepared(key: key, pending)])
    }

    /// The counter is as the write would have left it, but it was an earlier write that arrived late.
    @Test(arguments: [0, 1]) func oneThatDidNotArriveIsWrittenAgain(ahead: Int64) throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.prepare(key: key, pending), at: second)).first)
        _ = machine.handle(.wrote(write, .unknown), at: second)
        var found = write.lease
        found.counter += ahead
        #expect(writes(machine.handle(.read(key: key, .found(found)), at: second + 1)) == [])
        // After a pause, since the table did not answer.
        let again = writes(machine.handle(.tick, at: second + 3 * second / 20))
        #expect(again.map(\.change) == [.prepare(pending)])
        #expect(again.map(\.lease.counter) == [write.lease.counter + ahead])
    }

    @Test func withoutTheLeaseItIsRefused() throws {
        var machine = try holding()
        #expect(machine.handle(.prepare(key: "other", pending), at: 0) == [.checkpointRefused(key: "other")])
        // Too late to renew.
        #expect(machine.handle(.prepare(key: key, pending), at: 3 * second).contains(.checkpointRefused(key: key)))
        machine = try holding()
        _ = machine.handle(.shutdown, at: 1)
        let release = try #require(writes(machine.handle(.consumerStopped(key: key), at: 2)).first)
        #expect(release.change == .release)
        #expect(machine.handle(.prepare(key: key, pending), at: 3) == [])
        #expect(machine.handle(.wrote(release, .succeeded), at: 4).contains(.checkpointRefused(key: key)))
    }

    @Test func whatTheOwnerBeforePreparedComesWithTheLease() throws {
        var machine = LeaseStateMachine(configuration: .init(workerID: "me", failoverTime: .seconds(3)), seed: 1)
        _ = machine.handle(.tick, at: 0)
        let lease = Lease(key: key, counter: 7, checkpoint: .position(3), pendingCheckpoint: pending)
        let take = try #require(writes(machine.handle(.scanned([lease]), at: 0)).first)
        let actions = machine.handle(.wrote(take, .succeeded), at: 0)
        let started = actions.compactMap { if case .startConsumer(let lease, _) = $0 { lease } else { nil } }
        #expect(started.map(\.pendingCheckpoint) == [pending])
        #expect(started.map(\.checkpoint) == [.position(3)])
    }

    @Test func theEndOfTheShardPassesWhatWaits() throws {
        var machine = try holding()
        let end = try #require(writes(machine.handle(.checkpoint(key: key, .shardEnd), at: 1)).first)
        #expect(machine.handle(.prepare(key: key, pending), at: 2) == [])
        let actions = machine.handle(.wrote(end, .succeeded), at: 3)
        #expect(actions.contains(.prepared(key: key, pending)))
        #expect(writes(actions) == [])
    }
}
