import Testing
import WeirModel

@testable import WeirService

@Suite struct SubscriptionRegistryStateMachineTests {
    private typealias Machine = SubscriptionRegistryStateMachine

    private func consumer(_ name: String, _ second: Int64 = 1) -> ConsumerDescription {
        ConsumerDescription(name: name, createdAt: Timestamp(millisecondsSinceEpoch: second * 1000))
    }

    private func key(_ name: String = "a", stream: Int64 = 1, shard: UInt32 = 0, second: Int64 = 1) -> Machine.Key {
        Machine.Key(streamID: stream, consumer: consumer(name, second).id, shard: ShardID(shard))
    }

    /// A macro cannot look into a call that changes something.
    private func expect<Value: Equatable>(
        _ value: Value,
        _ expected: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    @Test func oneSubscriptionAtATime() {
        var machine = Machine(minimumInterval: 5)
        expect(machine.begin(key(), at: 100), .begun(number: 0, replacing: nil))
        for now in [100, 104] as [UInt64] {
            #expect(!machine.wouldBegin(key(), at: now))
            expect(machine.begin(key(), at: now), .tooSoon)
        }
        #expect(machine.wouldBegin(key(), at: 105))
        expect(machine.begin(key(), at: 105), .begun(number: 1, replacing: 0))
        // A refused call does not count, one that succeeded does.
        expect(machine.begin(key(), at: 109), .tooSoon)
        // The one that was replaced ends, and does not take the other's place away.
        machine.end(key(), number: 0)
        #expect(machine.activeCount == 1)
        expect(machine.begin(key(), at: 110), .begun(number: 2, replacing: 1))
        machine.end(key(), number: 2)
        #expect(machine.activeCount == 0)
        // It counts also when it has ended.
        expect(machine.begin(key(), at: 114), .tooSoon)
        expect(machine.begin(key(), at: 115), .begun(number: 3, replacing: nil))
    }

    @Test func othersDoNotMatter() {
        var machine = Machine(minimumInterval: 5)
        let keys = [key(), key("b"), key(stream: 2), key(shard: 1), key(second: 2)]
        for (number, key) in keys.enumerated() {
            expect(machine.begin(key, at: 0), .begun(number: UInt64(number), replacing: nil))
        }
        #expect(machine.activeCount == keys.count)
    }

    @Test func aConsumerIsRemovedFromAllItsShards() {
        var machine = Machine(minimumInterval: 5)
        for key in [key(), key(shard: 1), key("b"), key(stream: 2), key(second: 2)] { _ = machine.begin(key, at: 0) }
        expect(machine.remove(consumer("a").id, streamID: 1).sorted(), [0, 1])
        #expect(machine.activeCount == 3)
        expect(machine.remove(consumer("a").id, streamID: 1), [])
    }

    @Test func nothingBeginsAfterTheStop() {
        var machine = Machine(minimumInterval: 5)
        for shard in 0..<3 { _ = machine.begin(key(shard: UInt32(shard)), at: 0) }
        expect(machine.stop().sorted(), [0, 1, 2])
        expect(machine.begin(key(shard: 9), at: 100), .stopped)
        #expect(!machine.wouldBegin(key(shard: 9), at: 100))
        expect(machine.stop(), [])
    }

    @Test func whatIsLongAgoIsForgotten() {
        var machine = Machine(minimumInterval: 1000)
        for number in 0..<100_000 {
            let key = key(shard: UInt32(number))
            guard case .begun(let id, nil) = machine.begin(key, at: UInt64(number)) else {
                Issue.record("It was refused.")
                return
            }
            machine.end(key, number: id)
            // None that still counts is forgotten.
            if number >= 999 { #expect(!machine.wouldBegin(self.key(shard: UInt32(number - 999)), at: UInt64(number))) }
        }
        #expect(machine.activeCount == 0)
        #expect(machine.rememberedCount <= 2 * 1000 + 64)
    }
}
