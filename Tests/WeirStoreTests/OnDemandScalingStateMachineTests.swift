import Testing
import WeirModel

@testable import WeirStore

/// A stream on demand over virtual time: its load goes to the shards by their share of the hash keys.
private struct Simulation {
    private(set) var stream: StreamDescription
    private(set) var machine = OnDemandScalingStateMachine()
    private(set) var steps: [(second: Int, decision: OnDemandScalingStateMachine.Decision, shards: Int)] = []
    private var second = 0
    var ready: Int?
    var room = Int.max
    /// Whether no decision is carried out.
    var isRefusing = false

    init(shards: Int = Limits.onDemandShardCount) {
        stream = StreamStateMachineTests.stream(shards: shards)
        stream.settings.mode = .onDemand
    }

    var shardCount: Int { stream.openShardsByHashKey.count }

    /// Lets time pass, with a look at the load every so many seconds. `load` gives the bytes and records a second of the whole
    /// stream, spread evenly, or of one hash key.
    mutating func run(
        seconds: Int,
        every interval: Int = Limits.onDemandSampleIntervalInSeconds,
        key: HashKey? = nil,
        _ load: (_ second: Int) -> ShardLoad
    ) {
        for _ in 0..<seconds / interval {
            // The load of a second in the middle stands for all of them.
            let one = load(second + interval / 2)
            second += interval
            sample(ShardLoad(bytes: one.bytes * interval, records: one.records * interval), key)
        }
    }

    /// Lets days pass. Looks are ten minutes apart, to save the tests' time.
    mutating func run(days: Int, _ load: (_ second: Int) -> ShardLoad) {
        run(seconds: days * 86_400, every: 600, load)
    }

    private mutating func sample(_ total: ShardLoad, _ key: HashKey?) {
        let open = stream.openShardsByHashKey
        var loads: [ShardID: ShardLoad] = [:]
        for shard in open {
            let range = shard.hashKeyRange
            var share = (Double(range.ending.value - range.starting.value) + 1) / 0x1p128
            if let key { share = range.contains(key) ? 1 : 0 }
            loads[shard.id] = ShardLoad(
                bytes: Int(Double(total.bytes) * share),
                records: Int(Double(total.records) * share)
            )
        }
        let now = UInt64(second) * 1_000_000_000
        let decision = machine.sample(open, loads: loads, ready: ready, room: room, at: now)
        guard decision != .keep, !isRefusing else { return }
        let plan = ReshardPlan.onDemand(decision, stream)
        #expect(!plan.children.isEmpty)
        var streamMachine = StreamStateMachine(
            stream,
            agedOutBefore: Timestamp(millisecondsSinceEpoch: 0),
            lastArrival: Timestamp(millisecondsSinceEpoch: 0)
        )
        let time = Timestamp(millisecondsSinceEpoch: Int64(second) * 1000)
        streamMachine.finishReshard(plan.outcome(of: stream, endingIndex: UInt64(second), at: time))
        stream = streamMachine.description
        steps.append((second, decision, shardCount))
        expectWhole()
    }

    /// The open shards cover all hash keys.
    private func expectWhole() {
        let ranges = stream.openShardsByHashKey.map(\.hashKeyRange)
        #expect(ranges.first?.starting == .minimum && ranges.last?.ending == .maximum)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.ending < $1.starting && $0.isAdjacent(to: $1) })
    }
}

@Suite struct OnDemandScalingStateMachineTests {
    private static let day = 86_400
    private static let shardBytes = Limits.shardWriteBytesPerSecond

    private func bytes(_ shards: Double) -> (Int) -> ShardLoad {
        { _ in ShardLoad(bytes: Int(shards * Double(Self.shardBytes)), records: 1) }
    }

    @Test func aSteadyLoadGrowsTheStreamToDoubleItAndNoFurther() {
        var simulation = Simulation()
        simulation.run(seconds: 3600, bytes(10))
        // 16 shards at 62% are too few, 32 at 31% are enough.
        #expect(simulation.shardCount == 32)
        #expect(simulation.steps.map(\.shards) == [8, 16, 32])
        for (earlier, later) in zip(simulation.steps, simulation.steps.dropFirst()) {
            #expect(later.second - earlier.second >= Limits.onDemandSplitDelayInSeconds)
        }
        simulation.run(days: 30, bytes(10))
        #expect(simulation.steps.count == 3)
    }

    @Test func recordsCountAsBytesDo() {
        var simulation = Simulation()
        simulation.run(seconds: 600) { _ in ShardLoad(bytes: 100, records: 3 * Limits.shardWriteRecordsPerSecond) }
        #expect(simulation.shardCount == 8)
    }

    @Test(arguments: [1.9, 0])
    func aLoadBelowHalfChangesNothing(load: Double) {
        var simulation = Simulation()
        simulation.run(seconds: 3600, bytes(load))
        simulation.run(days: 30, bytes(load))
        #expect(simulation.steps.isEmpty)
    }

    @Test func aShortBurstChangesNothing() {
        var simulation = Simulation()
        // Forty seconds of each two minutes at double of what the stream takes.
        simulation.run(seconds: 7200) { second in
            ShardLoad(bytes: second % 120 < 40 ? 8 * Self.shardBytes : 0, records: 1)
        }
        #expect(simulation.steps.isEmpty)
    }

    @Test func silenceMakesTheStreamSmallerByHalvesToFour() {
        var simulation = Simulation()
        simulation.run(seconds: 3600, bytes(10))
        #expect(simulation.shardCount == 32)
        let grown = simulation.steps.count
        simulation.run(seconds: Self.day - 3600, every: 600, bytes(0))
        #expect(simulation.steps.count == grown)
        simulation.run(days: 10, bytes(0))
        #expect(simulation.steps.dropFirst(grown).map(\.shards) == [16, 8, 4])
        let seconds = simulation.steps.dropFirst(grown).map(\.second)
        #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $1 - $0 >= Self.day })
        simulation.run(days: 30, bytes(0))
        #expect(simulation.shardCount == Limits.onDemandShardCount)
        #expect(simulation.steps.count == grown + 3)
    }

    @Test func aLoadThatComesAndGoesEachDayDoesNotMakeTheShardsGoToAndFro() {
        var simulation = Simulation()
        simulation.run(days: 30) { second in
            ShardLoad(bytes: second % Self.day < Self.day / 2 ? 10 * Self.shardBytes : 0, records: 1)
        }
        #expect(simulation.steps.map(\.shards) == [8, 16, 32])
    }

    @Test func aLoadBetweenTheMarksKeepsWhatThereIs() {
        var simulation = Simulation()
        simulation.run(seconds: 3600, bytes(10))
        let grown = simulation.steps.count
        // 9% to 47% of each of 32 shards, by turns.
        simulation.run(days: 60) { second in
            ShardLoad(bytes: ((second / 7200).isMultiple(of: 2) ? 3 : 15) * Self.shardBytes, records: 1)
        }
        #expect(simulation.steps.count == grown)
    }

    @Test func theLoadOfOneKeyIsNotSplitForEver() {
        var simulation = Simulation()
        let key = HashKey(partitionKey: "hot")
        simulation.run(seconds: 2 * Self.day, every: 60, key: key, bytes(0.9))
        #expect(simulation.steps.count <= Limits.maximumFutileSplits + 1)
        #expect(simulation.shardCount <= Limits.onDemandShardCount + Limits.maximumFutileSplits + 1)
        // When the load spreads, the stream grows again.
        let before = simulation.shardCount
        simulation.run(seconds: 3600, bytes(20))
        #expect(simulation.shardCount > 2 * before)
    }

    @Test func theStreamGrowsToItsLimitAtMost() {
        var simulation = Simulation()
        simulation.run(seconds: 7200, every: 60, bytes(100_000))
        #expect(simulation.shardCount == Limits.maximumOnDemandShardCount)
        for (earlier, later) in zip(simulation.steps, simulation.steps.dropFirst()) {
            #expect(later.shards <= 2 * earlier.shards)
        }
    }

    @Test func aRoomForOneSplitIsUsed() {
        var simulation = Simulation()
        simulation.room = 0
        simulation.run(seconds: 600, bytes(4))
        #expect(simulation.steps.isEmpty)
        simulation.room = 1
        simulation.run(seconds: 10, bytes(4))
        #expect(simulation.steps.map(\.shards) == [5])
    }

    /// A split that fails is decided on again and again.
    @Test func onlySplitsThatTakePlaceCountAsFutile() {
        var simulation = Simulation()
        let key = HashKey(partitionKey: "hot")
        simulation.run(seconds: 70, key: key, bytes(0.9))
        #expect(simulation.shardCount == Limits.onDemandShardCount + 1)
        simulation.isRefusing = true
        simulation.run(seconds: 3600, key: key, bytes(0.9))
        #expect(simulation.shardCount == Limits.onDemandShardCount + 1)
        simulation.isRefusing = false
        simulation.run(seconds: 3600, key: key, bytes(0.9))
        #expect(simulation.shardCount == Limits.onDemandShardCount + 1 + Limits.maximumFutileSplits)
    }

    @Test func whatTheLoadNeedsIsKnownAfterAQuietTime() {
        var simulation = Simulation()
        #expect(simulation.machine.neededShardCount == .max)
        simulation.run(seconds: 3600, bytes(10))
        simulation.run(seconds: Self.day - 7200, every: 600, bytes(0))
        #expect(simulation.machine.neededShardCount == .max)
        simulation.run(seconds: 7200, every: 600, bytes(0))
        #expect(simulation.machine.neededShardCount == 20)
        // It is not forgotten before a whole day without it.
        simulation.run(seconds: Self.day - 7200, every: 600, bytes(0))
        #expect(simulation.machine.neededShardCount == 20)
        simulation.run(seconds: 7200, every: 600, bytes(0))
        #expect(simulation.machine.neededShardCount == 1)
        simulation.run(seconds: 10, bytes(3))
        #expect(simulation.machine.neededShardCount == 6)
    }

    @Test func aDecisionToGrowMakesNoStreamSmaller() {
        var stream = StreamStateMachineTests.stream(shards: 9)
        stream.settings.mode = .onDemand
        #expect(ReshardPlan.onDemand(.scale(to: 7), stream).children.isEmpty)
        #expect(ReshardPlan.onDemand(.scale(to: 9), stream).children.isEmpty)
        #expect(ReshardPlan.onDemand(.scale(to: 10), stream).additionalOpenShards == 1)
    }

    @Test func whatIsToBeKeptReadyIs() {
        var simulation = Simulation()
        simulation.ready = 9
        simulation.run(days: 60, bytes(0))
        #expect(simulation.shardCount == 9)
        #expect(simulation.steps.count == 1)
        simulation.ready = nil
        simulation.run(days: 10, bytes(0))
        #expect(simulation.shardCount == Limits.onDemandShardCount)
    }

    /// However the load moves, no day has more steps than doublings and halvings between the least and the most.
    @Test(arguments: 0..<5) func theNumberOfMovesIsBounded(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random() -> Double {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Double(state % 10_000) / 10_000
        }
        var simulation = Simulation()
        for _ in 0..<100 {
            let load = random() * random() * 40
            simulation.run(seconds: 600 + Int(random() * 40_000), every: 120, bytes(load))
        }
        let merges = simulation.steps.count { if case .merge = $0.decision { true } else { false } }
        let days = 100 * 20_600 / Self.day
        #expect(merges <= days + 1)
        #expect(simulation.steps.count <= 6 * (days + 1))
        #expect((Limits.onDemandShardCount...128).contains(simulation.shardCount))
    }
}
