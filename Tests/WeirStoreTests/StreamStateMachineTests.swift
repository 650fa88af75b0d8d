import Testing
import WeirModel

@testable import WeirStore

@Suite struct StreamStateMachineTests {
    static let errors = StreamErrors(accountID: "000000000000", region: "us-east-1")
    static let epoch: Int64 = 1_720_000_000_000

    static func stream(shards: Int, retentionHours: Int = 24) -> StreamDescription {
        let ranges = HashKeyRange.uniform(count: shards)
        let createdAt = Timestamp(millisecondsSinceEpoch: epoch)
        return StreamDescription(
            name: "flights",
            id: 7,
            createdAt: createdAt,
            status: .active,
            retentionHours: retentionHours,
            shards: ranges.enumerated().map { number, range in
                ShardDescription(
                    id: ShardID(UInt32(number)),
                    hashKeyRange: range,
                    startingSequenceNumber: SequenceNumber(streamEpoch: epoch, shard: UInt32(number), index: 0),
                    createdAt: createdAt
                )
            }
        )
    }

    static func machine(shards: Int = 2, lastArrival: Int64 = 0) -> StreamStateMachine {
        StreamStateMachine(
            stream(shards: shards),
            agedOutBefore: Timestamp(millisecondsSinceEpoch: 0),
            lastArrival: Timestamp(millisecondsSinceEpoch: lastArrival)
        )
    }

    func at(_ milliseconds: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: Self.epoch + milliseconds) }

    func ticket(_ action: StreamStateMachine.AppendAction) throws -> StreamStateMachine.AppendTicket {
        guard case .append(let ticket) = action else { throw ShardWasClosed() }
        return ticket
    }

    func split(_ machine: StreamStateMachine, shard: UInt32 = 0) throws -> ReshardPlan {
        try .split(
            machine.description,
            shard: ShardID(shard),
            newStartingHashKey: HashKey(1 << 100),
            errors: Self.errors
        )
    }

    @Test func arrivalNeverGoesBack() throws {
        var machine = Self.machine(lastArrival: Self.epoch + 50)
        let arrivals = try [10, 60, 40, 61].map { now in
            try ticket(machine.beginAppend([ShardID(0)], at: at(now))).arrival
        }
        #expect(arrivals == [at(50), at(60), at(60), at(61)])
    }

    /// A clock that was set back makes no parent look older than its records.
    @Test func shardsAreClosedNoEarlierThanTheirRecordsArrived() throws {
        var machine = Self.machine(lastArrival: Self.epoch + 50)
        #expect(machine.closingTime(at: at(10)) == at(50))
        #expect(machine.closingTime(at: at(60)) == at(60))
        try machine.beginReshard(errors: Self.errors)
        machine.finishReshard(try split(machine).outcome(of: machine.description, endingIndex: 5, at: at(70)))
        #expect(machine.closingTime(at: at(60)) == at(70))
    }

    @Test func anAppendIsToldWhichShardsAreOpen() throws {
        var machine = Self.machine()
        let asked: [[UInt32]] = [[0, 1], [9, 1], [1, 9, 0], [9]]
        let accepted = try asked.map { try ticket(machine.beginAppend($0.map { ShardID($0) }, at: at(0))).accepted }
        #expect(accepted == [nil, [1], [0, 2], []])
    }

    @Test func aReshardWaitsForTheAppendsBeforeItOnly() throws {
        var machine = Self.machine()
        let early = try ticket(machine.beginAppend([ShardID(0)], at: at(0)))
        let earlyElsewhere = try ticket(machine.beginAppend([ShardID(1)], at: at(0)))
        let plan = try split(machine)
        try machine.beginReshard(errors: Self.errors)
        #expect(machine.description.status == .updating)

        let stillBefore = try ticket(machine.beginAppend([ShardID(0)], at: at(1)))
        let isDrained = machine.closeParents(of: plan)
        #expect(!isDrained)
        let waits = machine.beginAppend([ShardID(1), ShardID(0)], at: at(2)) == .wait
        #expect(waits)
        let late = try ticket(machine.beginAppend([ShardID(1)], at: at(2)))

        let drained = [late, early, earlyElsewhere, stillBefore].map { machine.endAppend($0) }
        #expect(drained == [false, false, false, true])

        machine.finishReshard(plan.outcome(of: machine.description, endingIndex: 5, at: at(3)))
        #expect(!machine.isClosingShards)
        #expect(machine.description.status == .active)
        #expect(machine.description.shards.map(\.isOpen) == [false, true, true, true])
        let after = try ticket(machine.beginAppend([ShardID(0), ShardID(2)], at: at(4)))
        #expect(after.accepted == [1])
    }

    @Test func aReshardWithNothingBeforeItNeedNotWait() throws {
        var machine = Self.machine()
        let done = try ticket(machine.beginAppend([ShardID(0)], at: at(0)))
        _ = machine.endAppend(done)
        try machine.beginReshard(errors: Self.errors)
        let plan = try split(machine)
        let isDrained = machine.closeParents(of: plan)
        #expect(isDrained)
    }

    @Test func anAbandonedReshardOpensTheShardsAgain() throws {
        var machine = Self.machine()
        let before = machine.description.shards
        let plan = try split(machine)
        try machine.beginReshard(errors: Self.errors)
        _ = machine.closeParents(of: plan)
        machine.abandonReshard()
        #expect(machine.description.shards == before)
        #expect(machine.description.status == .active)
        let again = try ticket(machine.beginAppend([ShardID(0)], at: at(0)))
        #expect(again.accepted == nil)
        try machine.beginReshard(errors: Self.errors)
    }

    @Test func aSecondReshardIsRefused() throws {
        var machine = Self.machine()
        try machine.beginReshard(errors: Self.errors)
        do throws(ServiceError) {
            try machine.beginReshard(errors: Self.errors)
            Issue.record("a second reshard began")
        } catch {
            #expect(error.code == .resourceInUse)
            #expect(error.message == "Stream flights under account 000000000000 not ACTIVE, instead in state UPDATING")
        }
    }

    @Test func aDeletedStreamRefusesAppendsAndReads() {
        var machine = Self.machine()
        machine.delete()
        #expect(machine.beginAppend([ShardID(0)], at: at(0)) == .streamDeleted)
        #expect(machine.readView(ShardID(0), at: at(0)) == .streamDeleted)
    }

    @Test func theTrimHorizonNeverGoesBackWhenTheRetentionChanges() {
        var machine = Self.machine()
        let hour: Int64 = 3_600_000
        let now = at(100 * hour)
        #expect(machine.trimHorizon(at: now) == at(76 * hour))

        var agedOut = machine.agedOutBefore(settingRetention: 48, at: now)
        machine.setRetention(hours: 48, agedOutBefore: agedOut)
        #expect(machine.trimHorizon(at: now) == at(76 * hour))
        #expect(machine.trimHorizon(at: at(125 * hour)) == at(77 * hour))

        agedOut = machine.agedOutBefore(settingRetention: 24, at: at(125 * hour))
        machine.setRetention(hours: 24, agedOutBefore: agedOut)
        machine.setRetention(hours: 48, agedOutBefore: machine.agedOutBefore(settingRetention: 48, at: at(125 * hour)))
        #expect(machine.trimHorizon(at: at(125 * hour)) == at(101 * hour))
    }

    @Test func closedShardsAreListedForTheRetention() throws {
        var machine = Self.machine()
        let plan = try split(machine)
        try machine.beginReshard(errors: Self.errors)
        _ = machine.closeParents(of: plan)
        machine.finishReshard(plan.outcome(of: machine.description, endingIndex: 5, at: at(1_000)))
        let day: Int64 = 24 * 3_600_000
        #expect(machine.agedOutShards(at: at(1_000 + day)) == [])
        #expect(machine.agedOutShards(at: at(1_001 + day)) == [ShardID(0)])

        machine.drop([ShardID(0)])
        #expect(machine.description.shards.map(\.id.number) == [1, 2, 3])
        #expect(machine.readView(ShardID(0), at: at(0)) == .agedOut)
        #expect(machine.readView(ShardID(4), at: at(0)) == .unknown)
        #expect(machine.agedOutShards(at: at(1_001 + day)) == [])
    }
}
