import Testing
import WeirModel

@testable import WeirService

/// Holds a value whose questions change it, so that `#expect` can ask them.
private final class Held<Value> {
    var value: Value

    init(_ value: Value) { self.value = value }
}

extension Held where Value == TokenBucket {
    func has(_ cost: Int, at now: UInt64) -> Bool { value.has(cost, at: now) }
    func take(_ cost: Int, at now: UInt64) { value.take(cost, at: now) }
    func isFull(at now: UInt64) -> Bool { value.isFull(at: now) }
}

extension Held where Value == ThroughputStateMachine {
    func admitWrite(_ key: ThroughputStateMachine.ShardKey, bytes: Int, at now: UInt64) -> Bool {
        value.admitWrite(key, bytes: bytes, at: now)
    }
    func admitRead(_ key: ThroughputStateMachine.ShardKey, at now: UInt64) -> Bool { value.admitRead(key, at: now) }
    func admitIterator(_ key: ThroughputStateMachine.ShardKey, at now: UInt64) -> Bool {
        value.admitIterator(key, at: now)
    }
    func admitCall(_ action: String, stream: String?, at now: UInt64) -> Bool {
        value.admitCall(action, stream: stream, at: now)
    }
    func read(_ key: ThroughputStateMachine.ShardKey, bytes: Int, at now: UInt64) {
        value.read(key, bytes: bytes, at: now)
    }
    var count: Int { value.count }
}

@Suite struct TokenBucketTests {
    static let second: UInt64 = 1_000_000_000

    @Test func givesWhatASecondGivesAtOnceAndThenTheRate() {
        let bucket = Held(TokenBucket(ratePerSecond: 5, at: 0))
        func admit(at now: UInt64) -> Bool {
            guard bucket.has(1, at: now) else { return false }
            bucket.take(1, at: now)
            return true
        }
        #expect((0..<5).allSatisfy { _ in admit(at: 0) })
        #expect(!admit(at: 0))
        #expect(!admit(at: Self.second / 5 - 1))
        #expect(admit(at: Self.second / 5))
        #expect(!admit(at: Self.second / 5))
        // A long pause gives no more than a second does.
        #expect((0..<5).allSatisfy { _ in admit(at: 1_000_000 * Self.second) })
        #expect(!admit(at: 1_000_000 * Self.second))
    }

    @Test func whatIsTooLargeForASecondIsOwed() {
        let bucket = Held(TokenBucket(ratePerSecond: 100, at: 0))
        #expect(bucket.has(1000, at: 0))
        bucket.take(1000, at: 0)
        #expect(!bucket.has(1, at: 9 * Self.second))
        #expect(bucket.has(1, at: 9 * Self.second + Self.second / 100))
        #expect(!bucket.has(1000, at: 10 * Self.second - 1))
        #expect(bucket.has(1000, at: 10 * Self.second))
    }

    @Test func timeThatStandsStillOrGoesBackGivesNothing() {
        let bucket = Held(TokenBucket(ratePerSecond: 1, at: 10 * Self.second))
        bucket.take(1, at: 10 * Self.second)
        #expect(!bucket.has(1, at: 9 * Self.second))
        #expect(!bucket.has(1, at: 10 * Self.second))
        #expect(bucket.has(1, at: 11 * Self.second))
    }

    @Test func theEndsOfTimeDoNotOverflow() {
        let bucket = Held(TokenBucket(ratePerSecond: Limits.shardReadBytesPerSecond, at: 0))
        bucket.take(Limits.maximumGetRecordsSizeInBytes, at: 0)
        #expect(bucket.has(Limits.shardReadBytesPerSecond, at: .max))
        #expect(bucket.isFull(at: .max))
    }
}

@Suite struct ThroughputStateMachineTests {
    static let second: UInt64 = 1_000_000_000
    static let shard = ThroughputStateMachine.ShardKey(streamID: 1, shard: ShardID(0))

    @Test func aShardTakesAThousandRecordsASecond() {
        let machine = Held(ThroughputStateMachine())
        let admitted = (0..<1100).count { _ in machine.admitWrite(Self.shard, bytes: 10, at: 0) }
        #expect(admitted == 1000)
        let later = (0..<1100).count { _ in machine.admitWrite(Self.shard, bytes: 10, at: Self.second / 2) }
        #expect(later == 500)
    }

    @Test func aShardTakesAMebibyteASecond() {
        let machine = Held(ThroughputStateMachine())
        #expect(machine.admitWrite(Self.shard, bytes: 1 << 20, at: 0))
        #expect(!machine.admitWrite(Self.shard, bytes: 1, at: 0))
        #expect(machine.admitWrite(Self.shard, bytes: 1 << 19, at: Self.second / 2))
        #expect(!machine.admitWrite(Self.shard, bytes: 1 << 19, at: Self.second / 2))
    }

    @Test func whatIsRefusedTakesNothing() {
        let machine = Held(ThroughputStateMachine())
        #expect(machine.admitWrite(Self.shard, bytes: (1 << 20) - 10, at: 0))
        for _ in 0..<2000 { #expect(!machine.admitWrite(Self.shard, bytes: 11, at: 0)) }
        #expect(machine.admitWrite(Self.shard, bytes: 10, at: 0))
    }

    @Test func shardsAndStreamsHaveTheirOwnThroughput() {
        let machine = Held(ThroughputStateMachine())
        #expect(machine.admitWrite(Self.shard, bytes: 1 << 20, at: 0))
        #expect(machine.admitWrite(.init(streamID: 1, shard: ShardID(1)), bytes: 1 << 20, at: 0))
        #expect(machine.admitWrite(.init(streamID: 2, shard: ShardID(0)), bytes: 1 << 20, at: 0))
        #expect(machine.admitRead(Self.shard, at: 0))
    }

    @Test func aShardIsReadFiveTimesASecond() {
        let machine = Held(ThroughputStateMachine())
        #expect((0..<10).count { _ in machine.admitRead(Self.shard, at: 0) } == 5)
        #expect((0..<10).count { _ in machine.admitRead(Self.shard, at: Self.second) } == 5)
        #expect((0..<10).count { _ in machine.admitIterator(Self.shard, at: Self.second) } == 5)
    }

    @Test func tenMebibytesReadAtOnceKeepOthersOutForSeconds() {
        let machine = Held(ThroughputStateMachine())
        #expect(machine.admitRead(Self.shard, at: 0))
        machine.read(Self.shard, bytes: 10 << 20, at: 0)
        #expect(!machine.admitRead(Self.shard, at: Self.second))
        #expect(!machine.admitRead(Self.shard, at: 4 * Self.second))
        #expect(machine.admitRead(Self.shard, at: 4 * Self.second + 1000))
    }

    @Test func anActionOfTheAccountHasOneRateForAllStreams() {
        let machine = Held(ThroughputStateMachine())
        let calls = (0..<20).count { machine.admitCall("DescribeStream", stream: "s\($0)", at: 0) }
        #expect(calls == 10)
        #expect((0..<3).count { _ in machine.admitCall("DescribeLimits", stream: nil, at: 0) } == 1)
    }

    @Test func anActionOfAStreamHasARateForEach() {
        let machine = Held(ThroughputStateMachine())
        for stream in ["a", "b"] {
            let calls = (0..<20).count { _ in
                machine.admitCall("IncreaseStreamRetentionPeriod", stream: stream, at: 0)
            }
            #expect(calls == 5)
        }
    }

    @Test func actionsOfTheDataPlaneHaveNoRateOfCalls() {
        let machine = Held(ThroughputStateMachine())
        for action in ["PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "SubscribeToShard"] {
            #expect((0..<5000).allSatisfy { _ in machine.admitCall(action, stream: "s", at: 0) })
        }
        #expect(machine.count == 0)
    }

    @Test func whatIsNotUsedIsForgotten() {
        let machine = Held(ThroughputStateMachine())
        for number in 0..<10_000 {
            // Each stream is used once, and a second passes before the next hundred.
            let now = UInt64(number / 100) * Self.second
            #expect(machine.admitWrite(.init(streamID: Int64(number), shard: ShardID(0)), bytes: 1, at: now))
            #expect(machine.admitCall("ListShards", stream: "\(number)", at: now))
        }
        #expect(machine.count <= 2 * 1024 + 2)
    }
}
