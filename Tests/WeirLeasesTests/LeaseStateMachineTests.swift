import Testing
import WeirLeases
import WeirSimulation

/// Single decisions of one machine, event by event. How machines work together is in LeaseSharingTests.
@Suite struct LeaseStateMachineTests {
    private typealias Action = LeaseStateMachine.Action

    private let second: UInt64 = 1_000_000_000
    private let key = "shardId-000000000000"

    private func machine() -> LeaseStateMachine {
        LeaseStateMachine(configuration: .init(workerID: "me", failoverTime: .seconds(3)), seed: 1)
    }

    private func writes(_ actions: [LeaseStateMachine.Action]) -> [LeaseWrite] {
        actions.compactMap { if case .write(let write) = $0 { write } else { nil } }
    }

    /// A machine that holds a lease since time 0, and the lease.
    private func holding(_ lease: Lease? = nil) throws -> LeaseStateMachine {
        var machine = machine()
        #expect(machine.handle(.tick, at: 0) == [.scan])
        let lease = lease ?? Lease(key: key, counter: 7, checkpoint: .trimHorizon)
        let take = try #require(writes(machine.handle(.scanned([lease]), at: 0)).first)
        #expect(take.change == .take(worker: "me"))
        let actions = machine.handle(.wrote(take, .succeeded), at: 0)
        #expect(actions.contains(.startConsumer(take.result, holdUntil: 3 * second)))
        return machine
    }

    @Test func theFirstTickIsDueAtOnceAndScans() {
        var machine = machine()
        #expect(machine.nextDeadline == 0)
        #expect(machine.handle(.tick, at: 5) == [.scan])
        // One scan at a time.
        #expect(machine.handle(.tick, at: 10 * second) == [])
    }

    // MARK: The change feed

    @Test func aLeaseThatIsGivenUpIsTakenAtOnce() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        var lease = Lease(key: key, owner: "other", counter: 7, checkpoint: .trimHorizon)
        #expect(writes(machine.handle(.scanned([lease]), at: 0)) == [])
        // A sign of life moves the time at which the lease expires.
        lease.counter = 8
        #expect(machine.handle(.changed([lease]), at: second) == [])
        lease.counter = 9
        lease.owner = nil
        let take = try #require(writes(machine.handle(.changed([lease]), at: second)).first)
        #expect(take.change == .take(worker: "me"))
        // Its own echo, before the answer, changes nothing; nor do older versions after it.
        #expect(machine.handle(.changed([take.result]), at: second) == [])
        let actions = machine.handle(.wrote(take, .succeeded), at: second)
        #expect(actions.contains(.report(.taken(key: key, from: nil, how: .unowned))))
        #expect(machine.handle(.changed([lease, take.result]), at: second) == [])
        #expect(machine.heldLeases == [take.result])
    }

    @Test func aChangeOfTheOwnerEndsATenureAndAnOlderVersionDoesNot() throws {
        var machine = try holding()
        let mine = try #require(machine.heldLeases.first)
        var older = mine
        older.counter -= 1
        older.owner = "other"
        #expect(machine.handle(.changed([older, mine]), at: 1) == [])
        var taken = mine
        taken.counter += 1
        taken.owner = "other"
        #expect(machine.handle(.changed([taken]), at: 1).contains(.stopConsumer(key: key, .leaseLost)))
        #expect(machine.heldLeases == [])
    }

    @Test func changesBeforeTheFirstScanAreLeftToIt() {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        #expect(machine.handle(.changed([Lease(key: key, checkpoint: .trimHorizon)]), at: 0) == [])
        #expect(machine.lease(key) == nil)
    }

    @Test func missedChangesLeadToAScan() {
        var machine = machine()
        #expect(machine.handle(.tick, at: 0) == [.scan])
        // The scan that is under way may have begun too early: another one follows.
        #expect(machine.handle(.missedChanges, at: 1) == [])
        #expect(machine.handle(.scanned([]), at: 2) == [])
        let pause = 3 * second / 20
        #expect(machine.handle(.tick, at: pause - 1) == [])
        #expect(machine.handle(.tick, at: pause) == [.scan])
        _ = machine.handle(.scanned([]), at: pause + 1)
        #expect(machine.handle(.tick, at: 2 * pause) == [])
        // Long after the last scan it comes at once.
        #expect(machine.handle(.missedChanges, at: 3 * pause) == [])
        #expect(machine.handle(.tick, at: 3 * pause) == [.scan])
    }

    @Test func aDeletedLeaseIsForgottenAndOneThatIsHeldIsTried() throws {
        var machine = try holding()
        let other = Lease(key: "other", owner: "other", counter: 1, checkpoint: .trimHorizon)
        _ = machine.handle(.changed([other]), at: 1)
        #expect(machine.handle(.deleted(["other", "unknown"]), at: 2) == [])
        #expect(machine.lease("other") == nil)
        // It may have been made again since: its renewal tells.
        let renew = try #require(writes(machine.handle(.deleted([key]), at: 3)).first)
        #expect(renew.change == .renew)
        #expect(machine.handle(.wrote(renew, .conditionFailed), at: 4) == [.read(key: key)])
        let actions = machine.handle(.read(key: key, .absent), at: 5)
        #expect(actions.contains(.report(.lost(key: key, reason: .deleted))))
    }

    @Test func aFailedScanIsRepeatedSoon() {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        #expect(machine.handle(.scanFailed, at: second) == [])
        #expect(machine.nextDeadline == second + 3 * second / 20)
        #expect(machine.handle(.tick, at: machine.nextDeadline) == [.scan])
    }

    @Test func renewsEachThirdOfTheFailoverTime() throws {
        var machine = try holding()
        #expect(writes(machine.handle(.tick, at: second - 1)) == [])
        let renew = try #require(writes(machine.handle(.tick, at: second)).first)
        #expect(renew.change == .renew)
        #expect(renew.lease.counter == 8)
        let actions = machine.handle(.wrote(renew, .succeeded), at: second + 5)
        // Held from the decision on, not from the answer.
        #expect(actions == [.holdUntil(key: key, 4 * second)])
    }

    @Test func aCheckpointIsASignOfLife() throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.checkpoint(key: key, .position(5)), at: second - 1)).first)
        #expect(write.change == .checkpoint(.position(5)))
        let actions = machine.handle(.wrote(write, .succeeded), at: second - 1)
        #expect(actions.contains(.checkpointed(key: key, .position(5))))
        #expect(writes(machine.handle(.tick, at: second)) == [])
        #expect(writes(machine.handle(.tick, at: 2 * second - 1)).map(\.change) == [.renew])
    }

    @Test func oneWriteIsUnderWayAtATimeAndCheckpointsAreJoined() throws {
        var machine = try holding()
        let first = try #require(writes(machine.handle(.checkpoint(key: key, .position(1)), at: 1)).first)
        #expect(machine.handle(.checkpoint(key: key, .position(2)), at: 2) == [])
        #expect(machine.handle(.checkpoint(key: key, .position(3)), at: 3) == [])
        let next = writes(machine.handle(.wrote(first, .succeeded), at: 4))
        #expect(next.map(\.change) == [.checkpoint(.position(3))])
        #expect(next.map(\.lease.counter) == [9])
    }

    @Test func aCheckpointThatWasPassedMeanwhileIsNotWritten() throws {
        var machine = try holding(Lease(key: key, counter: 7, checkpoint: .position(50)))
        let write = try #require(writes(machine.handle(.checkpoint(key: key, .position(100)), at: 1)).first)
        #expect(machine.handle(.checkpoint(key: key, .position(90)), at: 2) == [])
        let actions = machine.handle(.wrote(write, .succeeded), at: 3)
        #expect(writes(actions) == [])
        #expect(actions.contains(.checkpointed(key: key, .position(100))))
        #expect(machine.lease(key)?.checkpoint == .position(100))
        // Nothing is left of it: the next write is a renewal.
        #expect(writes(machine.handle(.tick, at: second + 1)).map(\.change) == [.renew])
    }

    /// Lets the machine take the leases `a` and `b`, of which it gives the state then, by key.
    private func takeTwo(_ machine: inout LeaseStateMachine) -> [Lease] {
        _ = machine.handle(.tick, at: 0)
        let leases = ["a", "b"].map { Lease(key: $0, checkpoint: .trimHorizon) }
        var held: [Lease] = []
        for take in writes(machine.handle(.scanned(leases), at: 0)) {
            _ = machine.handle(.wrote(take, .succeeded), at: 0)
            held.append(take.result)
        }
        return held.sorted { $0.key < $1.key }
    }

    @Test(arguments: [LeaseWrite.Change.release, .transfer(to: "other")])
    func aCheckpointAskedForWhileTheLeaseIsGivenUpIsRefused(change: LeaseWrite.Change) throws {
        var machine = machine()
        var held = takeTwo(&machine)
        if change == .release {
            _ = machine.handle(.shutdown, at: 1)
        } else {
            held[0].handOffTo = "other"
            _ = machine.handle(.scanned(held), at: 1)
        }
        let write = try #require(writes(machine.handle(.consumerStopped(key: "a"), at: 2)).first)
        #expect(write.change == change)
        #expect(machine.handle(.checkpoint(key: "a", .position(9)), at: 3) == [])
        let actions = machine.handle(.wrote(write, .succeeded), at: 4)
        #expect(actions.contains(.checkpointRefused(key: "a")))
        #expect(writes(actions) == [])
    }

    @Test func aCheckpointThatIsThereAlreadyNeedsNoWrite() throws {
        var machine = try holding(Lease(key: key, counter: 7, checkpoint: .position(5)))
        #expect(
            machine.handle(.checkpoint(key: key, .position(5)), at: 1) == [.checkpointed(key: key, .position(5))]
        )
        #expect(
            machine.handle(.checkpoint(key: key, .position(4)), at: 1) == [.checkpointed(key: key, .position(5))]
        )
    }

    @Test func aCheckpointWithoutTheLeaseIsRefused() {
        var machine = machine()
        #expect(machine.handle(.checkpoint(key: key, .position(1)), at: 0) == [.checkpointRefused(key: key)])
    }

    @Test func anOwnWriteWhoseAnswerWasLostIsRecognised() throws {
        for change in [LeaseWrite.Change.renew, .checkpoint(.position(5))] {
            var machine = try holding()
            let actions =
                change == .renew
                ? machine.handle(.tick, at: second) : machine.handle(.checkpoint(key: key, .position(5)), at: second)
            let write = try #require(writes(actions).first)
            #expect(write.change == change)
            #expect(machine.handle(.wrote(write, .conditionFailed), at: second) == [.read(key: key)])
            let settled = machine.handle(.read(key: key, .found(write.result)), at: second + 1)
            #expect(settled.contains(.holdUntil(key: key, 4 * second)))
            if change != .renew { #expect(settled.contains(.checkpointed(key: key, .position(5)))) }
        }
    }

    @Test func aCheckpointThatDidNotArriveIsWrittenAgain() throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.checkpoint(key: key, .position(5)), at: 1)).first)
        #expect(machine.handle(.wrote(write, .unknown), at: second) == [.read(key: key)])
        // The read fails once and is repeated.
        #expect(machine.handle(.read(key: key, .failed), at: second) == [])
        let later = second + 3 * second / 20
        #expect(machine.handle(.tick, at: later).contains(.read(key: key)))
        #expect(
            writes(machine.handle(.read(key: key, .found(write.lease)), at: later)).map(\.change) == [
                .checkpoint(.position(5))
            ]
        )
    }

    @Test func anEarlierRenewalThatArrivedLateIsNoLoss() throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.checkpoint(key: key, .position(5)), at: 1)).first)
        _ = machine.handle(.wrote(write, .conditionFailed), at: 2)
        // The counter is where the write would have set it, but the checkpoint is not.
        let renewed = LeaseWrite(.renew, of: write.lease, decidedAt: 0).result
        let again = writes(machine.handle(.read(key: key, .found(renewed)), at: 3))
        #expect(again.map(\.change) == [.checkpoint(.position(5))])
        #expect(again.map(\.lease.counter) == [9])
    }

    @Test func anOwnRenewalThatIsToldOfAfterItWasGivenUpForLostIsNoLoss() throws {
        var machine = try holding()
        let renew = try #require(writes(machine.handle(.tick, at: second)).first)
        #expect(machine.handle(.wrote(renew, .unknown), at: 2 * second) == [.read(key: key)])
        #expect(machine.handle(.read(key: key, .found(renew.lease)), at: 2 * second) == [])
        #expect(machine.handle(.changed([renew.result]), at: 2 * second + 1) == [])
        // It does not move the end of the tenure, for nobody knows when it arrived; the next renewal goes on from it.
        #expect(machine.nextDeadline == 2 * second + 3 * second / 20)
        let next = try #require(writes(machine.handle(.tick, at: machine.nextDeadline)).first)
        #expect(next.change == .renew)
        #expect(next.lease == renew.result)
        let actions = machine.handle(.tick, at: 3 * second)
        #expect(actions.contains(.report(.lost(key: key, reason: .notRenewed))))
    }

    @Test func aLeaseThatAnotherTookIsLostAndItsCheckpointRefused() throws {
        var machine = try holding()
        let write = try #require(writes(machine.handle(.checkpoint(key: key, .position(5)), at: 1)).first)
        _ = machine.handle(.wrote(write, .conditionFailed), at: 2)
        let taken = LeaseWrite(.take(worker: "thief"), of: write.lease, decidedAt: 0).result
        let actions = machine.handle(.read(key: key, .found(taken)), at: 3)
        #expect(
            actions == [
                .stopConsumer(key: key, .leaseLost), .checkpointRefused(key: key),
                .report(.lost(key: key, reason: .taken(by: "thief"))),
            ]
        )
        #expect(machine.heldLeases == [])
    }

    @Test func aLeaseThatCannotBeRenewedIsFencedWhenItsTimeIsOver() throws {
        var machine = try holding()
        let renew = try #require(writes(machine.handle(.tick, at: second)).first)
        #expect(machine.nextDeadline <= 3 * second)
        #expect(!machine.handle(.tick, at: 3 * second - 1).contains(.stopConsumer(key: key, .leaseLost)))
        let actions = machine.handle(.tick, at: 3 * second)
        #expect(actions.contains(.stopConsumer(key: key, .leaseLost)))
        #expect(actions.contains(.report(.lost(key: key, reason: .notRenewed))))
        // The answer that comes too late changes nothing.
        #expect(machine.handle(.wrote(renew, .succeeded), at: 3 * second + 1) == [])
    }

    @Test func aFencedLeaseIsTakenUpAgainOnceItsConsumerHasStopped() throws {
        var machine = try holding()
        _ = machine.handle(.tick, at: 3 * second)
        let mine = Lease(key: key, owner: "me", counter: 8, checkpoint: .trimHorizon, weirOwner: "me")
        #expect(writes(machine.handle(.scanned([mine]), at: 3 * second)) == [])
        _ = machine.handle(.consumerStopped(key: key), at: 4 * second)
        _ = machine.handle(.tick, at: 5 * second)
        let take = try #require(writes(machine.handle(.scanned([mine]), at: 5 * second)).first)
        #expect(take.change == .take(worker: "me"))
        let actions = machine.handle(.wrote(take, .succeeded), at: 5 * second)
        #expect(actions.contains(.report(.taken(key: key, from: "me", how: .resumed))))
    }

    @Test func anOlderScanDoesNotUndoAWrite() throws {
        var machine = try holding()
        let actions = machine.handle(.tick, at: second)
        #expect(actions.contains(.scan))
        let renew = try #require(writes(actions).first)
        _ = machine.handle(.wrote(renew, .succeeded), at: second + 1)
        #expect(machine.handle(.scanned([renew.lease]), at: second + 2) == [])
        // Nor does one of a replica that lags behind.
        _ = machine.handle(.tick, at: 2 * second - 1)
        #expect(machine.handle(.scanned([Lease(key: key, counter: 7, checkpoint: .trimHorizon)]), at: 2 * second) == [])
        #expect(machine.heldLeases.map(\.counter) == [9])
    }

    @Test func aLeaseThatWasDeletedIsLostAtTheNextWrite() throws {
        var machine = try holding()
        let renew = try #require(writes(machine.handle(.tick, at: second)).first)
        #expect(machine.handle(.scanned([]), at: second) == [])
        _ = machine.handle(.wrote(renew, .conditionFailed), at: second)
        let actions = machine.handle(.read(key: key, .absent), at: second)
        #expect(actions.contains(.stopConsumer(key: key, .leaseLost)))
        #expect(actions.contains(.report(.lost(key: key, reason: .deleted))))
    }

    @Test func anOtherWorkersLeaseIsTakenWhenItsTimeIsOverNotBefore() throws {
        var machine = machine()
        let other = Lease(key: key, owner: "other", counter: 3, checkpoint: .trimHorizon)
        _ = machine.handle(.tick, at: 0)
        #expect(writes(machine.handle(.scanned([other]), at: 100)) == [])
        // The scan after the expiry comes at that very moment.
        for _ in 0..<10 where machine.nextDeadline <= 3 * second {
            let now = machine.nextDeadline
            _ = machine.handle(.tick, at: now)
            #expect(writes(machine.handle(.scanned([other]), at: now)) == [])
        }
        #expect(machine.nextDeadline == 3 * second + 101)
        _ = machine.handle(.tick, at: machine.nextDeadline)
        let take = try #require(writes(machine.handle(.scanned([other]), at: 3 * second + 101)).first)
        #expect(take.change == .take(worker: "me"))
        let actions = machine.handle(.wrote(take, .succeeded), at: 3 * second + 102)
        #expect(actions.contains(.report(.taken(key: key, from: "other", how: .expired))))
    }

    @Test func endedLeasesAreNeitherTakenNorCountedNorRenewed() {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let leases = [
            Lease(key: "a", owner: "me", counter: 1, checkpoint: .shardEnd),
            Lease(key: "b", checkpoint: .shardEnd),
            Lease(key: "c", owner: "other", counter: 4, checkpoint: .trimHorizon),
        ]
        #expect(writes(machine.handle(.scanned(leases), at: 1)) == [])
    }

    @Test func aChildWaitsForAllItsParents() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let parents = ["a", "b"].map { Lease(key: $0, checkpoint: .trimHorizon) }
        let child = Lease(key: "c", checkpoint: .trimHorizon, parentShardIDs: ["a", "b"])
        _ = machine.handle(.scanned([]), at: 0)
        let takes = writes(machine.handle(.scanned(parents + [child]), at: 0))
        #expect(takes.count == 3)
        var started: [String] = []
        func note(_ actions: [LeaseStateMachine.Action]) {
            for case .startConsumer(let lease, _) in actions { started.append(lease.key) }
        }
        for take in takes { note(machine.handle(.wrote(take, .succeeded), at: 0)) }
        #expect(started.sorted() == ["a", "b"])
        for parent in ["a", "b"] {
            #expect(!started.contains("c"))
            let end = try #require(writes(machine.handle(.checkpoint(key: parent, .shardEnd), at: 1)).first)
            note(machine.handle(.wrote(end, .succeeded), at: 1))
            note(machine.handle(.consumerStopped(key: parent), at: 1))
        }
        #expect(started.contains("c"))
    }

    @Test func aParentWithoutALeaseIsGoneOnceALaterScanHasNotShownItEither() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let child = Lease(key: key, checkpoint: .trimHorizon, parentShardIDs: ["gone"])
        let take = try #require(writes(machine.handle(.scanned([child]), at: 1)).first)
        // The scan may have read the parent's place before the lease of either was there. The next one comes at once.
        #expect(
            machine.handle(.wrote(take, .succeeded), at: 2) == [.report(.taken(key: key, from: nil, how: .unowned))]
        )
        #expect(machine.nextDeadline == 2)
        #expect(machine.handle(.tick, at: 2) == [.scan])
        let actions = machine.handle(.scanned([take.result]), at: 3)
        #expect(actions == [.startConsumer(take.result, holdUntil: 1 + 3 * second)])
    }

    @Test func aChildWaitsForAParentThatOnlyAnotherWorkerKnowsOf() throws {
        var machine = try holding()
        let now = second - 10
        _ = machine.handle(.tick, at: now)
        _ = machine.handle(.scanned(machine.heldLeases), at: now)
        // Another worker split a shard just after that scan; one half was merged at once with the shard that ends here.
        let half = Lease(key: "half", owner: "other", counter: 1, checkpoint: .trimHorizon, weirOwner: "other")
        let merged = Lease(key: "merged", checkpoint: .trimHorizon, parentShardIDs: [key, "half"])
        let end =
            writes(machine.handle(.created([merged]), at: now + 1))
            + writes(machine.handle(.checkpoint(key: key, .shardEnd), at: now + 1))
        var actions = end.flatMap { machine.handle(.wrote($0, .succeeded), at: now + 2) }
        actions += machine.handle(.consumerStopped(key: key), at: now + 2)
        #expect(machine.heldLeases.map(\.key) == ["merged"])
        actions += machine.handle(.tick, at: now + 3)
        #expect(actions.contains(.scan))
        // A scan shows the other parent: its end is waited for.
        var ended = half
        ended.checkpoint = .shardEnd
        ended.counter = 2
        let leases = [try #require(machine.lease(key)), try #require(machine.lease("merged"))]
        actions += machine.handle(.scanned(leases + [half]), at: now + 4)
        actions += machine.handle(.tick, at: 2 * second)
        actions += machine.handle(.scanned(leases + [half]), at: 2 * second)
        func started() -> [String] {
            actions.compactMap { if case .startConsumer(let lease, _) = $0 { lease.key } else { nil } }
        }
        #expect(started() == [])
        _ = machine.handle(.tick, at: 3 * second)
        actions += machine.handle(.scanned(leases + [ended]), at: 3 * second)
        #expect(started() == ["merged"])
    }

    @Test func newLeasesAreTakenWithoutAScanOnceTheOthersAreKnown() {
        var machine = machine()
        let child = Lease(key: "child", checkpoint: .trimHorizon, parentShardIDs: ["parent"])
        #expect(machine.handle(.created([child]), at: 0) == [])
        _ = machine.handle(.tick, at: 0)
        _ = machine.handle(.scanned([]), at: 0)
        #expect(writes(machine.handle(.created([child]), at: 1)).map(\.change) == [.take(worker: "me")])
    }

    @Test func aRequestIsFollowedAfterTheConsumerHasStopped() throws {
        var machine = machine()
        var held = takeTwo(&machine)
        held[0].handOffTo = "other"
        let asked = machine.handle(.scanned(held), at: 1)
        #expect(asked == [.stopConsumer(key: "a", .shutdownRequested)])
        let checkpoint = try #require(writes(machine.handle(.checkpoint(key: "a", .position(9)), at: 2)).first)
        #expect(machine.handle(.consumerStopped(key: "a"), at: 3) == [])
        let transfer = try #require(writes(machine.handle(.wrote(checkpoint, .succeeded), at: 4)).first)
        #expect(transfer.change == .transfer(to: "other"))
        #expect(transfer.lease.checkpoint == .position(9))
        let done = machine.handle(.wrote(transfer, .succeeded), at: 5)
        #expect(done == [.report(.handedOver(key: "a", to: "other"))])
    }

    @Test func aRequestThatWouldNotEvenTheLoadIsTurnedDown() throws {
        var machine = try holding()
        var lease = try #require(machine.lease(key))
        lease.handOffTo = "other"
        #expect(writes(machine.handle(.scanned([lease]), at: 1)).map(\.change) == [.withdrawHandOff(to: "other")])
    }

    @Test func aShutdownStopsReleasesAndFinishes() throws {
        var machine = try holding()
        #expect(machine.handle(.shutdown, at: 1) == [.stopConsumer(key: key, .shutdownRequested)])
        let checkpoint = try #require(writes(machine.handle(.checkpoint(key: key, .position(2)), at: 2)).first)
        _ = machine.handle(.wrote(checkpoint, .succeeded), at: 3)
        let release = try #require(writes(machine.handle(.consumerStopped(key: key), at: 4)).first)
        #expect(release.change == .release)
        #expect(
            machine.handle(.wrote(release, .succeeded), at: 5) == [.report(.released(key: key)), .finished]
        )
        // Nothing is taken any more.
        #expect(machine.handle(.tick, at: 10 * second) == [])
    }

    @Test func aShutdownWithoutLeasesFinishesAtOnce() {
        var machine = machine()
        #expect(machine.handle(.shutdown, at: 0) == [.finished])
    }

    @Test func aLeaseHandedOverDuringAShutdownIsReleased() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let leases = ["a", "b"].map {
            Lease(key: $0, owner: "other", counter: 1, checkpoint: .trimHorizon, weirOwner: "other")
        }
        let request = try #require(writes(machine.handle(.scanned(leases), at: 0)).first)
        #expect(request.change == .requestHandOff(to: "me"))
        _ = machine.handle(.wrote(request, .succeeded), at: 1)
        let withdrawal = try #require(writes(machine.handle(.shutdown, at: 2)).first)
        #expect(withdrawal.change == .withdrawHandOff(to: "me"))
        #expect(machine.handle(.wrote(withdrawal, .conditionFailed), at: 3) == [.read(key: request.lease.key)])
        let mine = LeaseWrite(.transfer(to: "me"), of: request.result, decidedAt: 0).result
        let release = try #require(writes(machine.handle(.read(key: mine.key, .found(mine)), at: 4)).first)
        #expect(release.change == .release)
        #expect(machine.handle(.wrote(release, .succeeded), at: 5).last == .finished)
    }

    @Test func aShutdownDoesNotWaitForEverToWithdrawARequest() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let leases = ["a", "b"].map {
            Lease(key: $0, owner: "other", counter: 1, checkpoint: .trimHorizon, weirOwner: "other")
        }
        let request = try #require(writes(machine.handle(.scanned(leases), at: 0)).first)
        _ = machine.handle(.wrote(request, .succeeded), at: 1)
        let withdrawal = try #require(writes(machine.handle(.shutdown, at: 2)).first)
        var now: UInt64 = 10
        var actions = machine.handle(.wrote(withdrawal, .unknown), at: now)
        #expect(actions == [.read(key: request.lease.key)])
        // The table cannot be reached.
        while !actions.contains(.finished), now <= 6 * second {
            if actions.contains(.read(key: request.lease.key)) {
                now += 1
                actions = machine.handle(.read(key: request.lease.key, .failed), at: now)
            } else {
                now = machine.nextDeadline
                actions = machine.handle(.tick, at: now)
            }
        }
        #expect(actions == [.finished])
        #expect(now >= 3 * second && now <= 4 * second)
    }

    @Test func aRequestThatArrivesDuringAShutdownIsWithdrawn() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let leases = ["a", "b"].map {
            Lease(key: $0, owner: "other", counter: 1, checkpoint: .trimHorizon, weirOwner: "other")
        }
        let request = try #require(writes(machine.handle(.scanned(leases), at: 0)).first)
        #expect(machine.handle(.shutdown, at: 1) == [])
        let withdrawal = try #require(writes(machine.handle(.wrote(request, .succeeded), at: 2)).first)
        #expect(withdrawal.change == .withdrawHandOff(to: "me"))
        #expect(machine.handle(.wrote(withdrawal, .succeeded), at: 3) == [.finished])
    }

    @Test func aConsumerThatStopsByItselfKeepsItsLease() throws {
        var machine = try holding()
        #expect(machine.handle(.consumerStopped(key: key), at: 1) == [])
        #expect(writes(machine.handle(.tick, at: second)).map(\.change) == [.renew])
        #expect(machine.heldLeases.map(\.key) == [key])
    }

    @Test func noMoreLeasesThanTheMaximumAreTaken() {
        var configuration = LeaseStateMachine.Configuration(workerID: "me", failoverTime: .seconds(3))
        configuration.maximumLeases = 2
        var machine = LeaseStateMachine(configuration: configuration, seed: 1)
        var table = Dictionary(
            uniqueKeysWithValues: (0..<5).map { ("\($0)", Lease(key: "\($0)", checkpoint: .trimHorizon)) }
        )
        // Not even those that nobody takes for long.
        for step in 0..<60 {
            let now = UInt64(step) * second / 4
            var actions = machine.handle(.tick, at: now)
            if actions.contains(.scan) { actions += machine.handle(.scanned(Array(table.values)), at: now) }
            for write in writes(actions) {
                table[write.lease.key] = write.result
                _ = machine.handle(.wrote(write, .succeeded), at: now)
            }
        }
        #expect(table.values.filter { $0.owner == "me" }.count == 2)
        #expect(machine.heldLeases.count == 2)
    }

    @Test func leasesThatNobodyTakesAreTakenBeyondTheShare() {
        var machine = machine()
        // The other two live, but take no more.
        let owned = ["x", "y"].map { Lease(key: $0, owner: $0, counter: 1, checkpoint: .trimHorizon) }
        let free = ["a", "b", "c", "d"].map { Lease(key: $0, checkpoint: .trimHorizon) }
        var counter: Int64 = 1
        var taken: Set<String> = []
        for step in 0..<30 {
            let now = UInt64(step) * second / 2
            counter += 1
            let leases = owned.map { lease in
                var lease = lease
                lease.counter = counter
                return lease
            }
            _ = machine.handle(.tick, at: now)
            let known = free.filter { !taken.contains($0.key) }
            for write in writes(machine.handle(.scanned(leases + known + machine.heldLeases), at: now)) {
                if case .take = write.change { taken.insert(write.lease.key) }
                _ = machine.handle(.wrote(write, .succeeded), at: now)
            }
            if now <= 6 * second { #expect(taken.count == 2) }
        }
        #expect(taken == ["a", "b", "c", "d"])
    }
}
