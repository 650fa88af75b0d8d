import Testing
import WeirModel

@testable import WeirStore

@Suite struct ReshardPlanTests {
    let errors = StreamErrors(accountID: "123456789012", region: "eu-central-1")

    func error<Value>(_ body: () throws(ServiceError) -> Value) -> ServiceError? {
        do throws(ServiceError) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    /// Two shards, of which the first was split into 2 and 3.
    func resharded() throws -> StreamDescription {
        var machine = StreamStateMachineTests.machine(shards: 2)
        let key = HashKey(1 << 100)
        let plan = try ReshardPlan.split(
            machine.description,
            shard: ShardID(0),
            newStartingHashKey: key,
            errors: errors
        )
        machine.finishReshard(
            plan.outcome(of: machine.description, endingIndex: 17, at: Timestamp(millisecondsSinceEpoch: 9))
        )
        return machine.description
    }

    @Test func aSplitSharesTheRange() throws {
        let stream = try resharded()
        #expect(stream.shards.map(\.id.number) == [0, 1, 2, 3])
        let middle = UInt128.max / 2
        #expect(stream.shards[2].hashKeyRange == HashKeyRange(starting: .minimum, ending: HashKey((1 << 100) - 1)))
        #expect(stream.shards[3].hashKeyRange == HashKeyRange(starting: HashKey(1 << 100), ending: HashKey(middle)))
        #expect(stream.shards[2...].allSatisfy { $0.parent == ShardID(0) && $0.adjacentParent == nil && $0.isOpen })
        let parent = stream.shards[0]
        #expect(parent.endingSequenceNumber?.index == 17)
        #expect(parent.closedAt == Timestamp(millisecondsSinceEpoch: 9))
        let ending = try #require(parent.endingSequenceNumber)
        #expect(stream.shards[2...].allSatisfy { $0.startingSequenceNumber > ending })
    }

    @Test func aMergeJoinsTheRanges() throws {
        let stream = try resharded()
        let plan = try ReshardPlan.merge(stream, shard: ShardID(3), adjacent: ShardID(1), errors: errors)
        #expect(plan.parents == [ShardID(3), ShardID(1)])
        #expect(plan.additionalOpenShards == -1)
        let child = try #require(plan.children.first)
        #expect(child.id == ShardID(4))
        #expect(child.parent == ShardID(3) && child.adjacentParent == ShardID(1))
        #expect(child.hashKeyRange == HashKeyRange(starting: HashKey(1 << 100), ending: .maximum))
    }

    @Test(arguments: [0, 1, UInt128.max / 2, UInt128.max / 2 + 1, .max])
    func aSplitKeyMustLieInside(key: UInt128) {
        let stream = StreamStateMachineTests.stream(shards: 2)
        let error = error { () throws(ServiceError) in
            try ReshardPlan.split(stream, shard: ShardID(0), newStartingHashKey: HashKey(key), errors: errors)
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == "NewStartingHashKey \(key) used in SplitShard() on shard shardId-000000000000 in stream flights under "
                + "account 123456789012 is not both greater than one plus the shard's StartingHashKey 0 and less than the "
                + "shard's EndingHashKey 170141183460469231731687303715884105727."
        )
    }

    @Test(arguments: [2, UInt128.max / 2 - 1])
    func aSplitKeyAtTheEdgeIsTaken(key: UInt128) throws {
        let stream = StreamStateMachineTests.stream(shards: 2)
        let plan = try ReshardPlan.split(stream, shard: ShardID(0), newStartingHashKey: HashKey(key), errors: errors)
        #expect(plan.children.map(\.hashKeyRange.starting.value) == [0, key])
        #expect(plan.additionalOpenShards == 1)
    }

    @Test func closedShardsAreRefused() throws {
        let stream = try resharded()
        let text =
            "Shard shardId-000000000000 in stream flights under account 123456789012 has already been merged or split, "
            + "and thus is not eligible for merging or splitting."
        let split = error { () throws(ServiceError) in
            try ReshardPlan.split(stream, shard: ShardID(0), newStartingHashKey: HashKey(1 << 90), errors: errors)
        }
        #expect(split?.code == .invalidArgument && split?.message == text)
        let merge = error { () throws(ServiceError) in
            try ReshardPlan.merge(stream, shard: ShardID(0), adjacent: ShardID(1), errors: errors)
        }
        #expect(merge?.code == .invalidArgument && merge?.message == text)
    }

    @Test func unknownShardsAreNotFound() throws {
        let stream = StreamStateMachineTests.stream(shards: 2)
        let text = "Could not find shard shardId-000000000005 in stream flights under account 123456789012."
        let found = [
            error { () throws(ServiceError) in
                try ReshardPlan.split(stream, shard: ShardID(5), newStartingHashKey: HashKey(9), errors: errors)
            },
            error { () throws(ServiceError) in
                try ReshardPlan.merge(stream, shard: ShardID(5), adjacent: ShardID(0), errors: errors)
            },
            error { () throws(ServiceError) in
                try ReshardPlan.merge(stream, shard: ShardID(0), adjacent: ShardID(5), errors: errors)
            },
        ]
        #expect(found.allSatisfy { $0?.code == .resourceNotFound && $0?.message == text })
    }

    @Test(arguments: [(0, 2), (1, 0), (0, 0)])
    func onlyNeighboursInOrderMerge(first: UInt32, second: UInt32) {
        let stream = StreamStateMachineTests.stream(shards: 3)
        let error = error { () throws(ServiceError) in
            try ReshardPlan.merge(stream, shard: ShardID(first), adjacent: ShardID(second), errors: errors)
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == "Shards \(ShardID(first)) and \(ShardID(second)) in stream flights under account 123456789012 are not "
                + "an adjacent pair of shards eligible for merging"
        )
    }
}
