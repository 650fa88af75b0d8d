import Testing
import WeirLeases
import WeirWire

@testable import WeirCommands

@Suite struct DeadLetterWalkStateMachineTests {
    private static let second: UInt64 = 1_000_000_000

    /// What a walk over virtual dead letters did.
    private struct Walk {
        var machine: DeadLetterWalkStateMachine
        var letters: VirtualDeadLetters
        var now: UInt64 = 1
        var shown: [String] = []
        var extensionCount = 0
        var callCount = 0
        /// How many are visible at the time of each receive.
        var receivedCounts: [Int] = []

        init(_ ids: [String], _ goal: DeadLetterWalkStateMachine.Goal, maximumHeldCount: Int = 100_000) {
            machine = DeadLetterWalkStateMachine(goal, at: 1, maximumHeldCount: maximumHeldCount)
            letters = VirtualDeadLetters(ids)
        }

        /// Runs until the end, each call taking so long. Looking settles nothing, unless it is said.
        mutating func run(
            callNanoseconds: UInt64,
            seed: UInt64 = 1,
            maximumCallCount: Int = .max,
            settles: Bool = false
        ) {
            var random = SplitMix64(seed: seed)
            while callCount < maximumCallCount {
                let began = now
                let action = machine.next(at: now)
                callCount += 1
                now += callNanoseconds
                switch action {
                case .receive(let count, let seconds):
                    let records = letters.receive(count, hold: seconds, at: began, using: &random)
                    receivedCounts.append(records.count)
                    machine.received(records)
                case .handle(let records):
                    shown += records.map(\.recordID)
                    let handles = records.map(\.receiptHandle)
                    if settles { _ = letters.remove(handles) }
                    machine.handled(settles ? Set(handles) : [])
                case .extend(let handles, let seconds):
                    extensionCount += 1
                    machine.extended(lost: letters.changeVisibility(handles, to: seconds, at: began))
                case .giveBack(let handles):
                    _ = letters.changeVisibility(handles, to: 0, at: began)
                    machine.gaveBack()
                case .end: return
                }
            }
        }
    }

    private static func ids(_ count: Int) -> [String] { (0..<count).map { "r\($0)" } }

    private static let all = DeadLetterWalkStateMachine.Goal.matching(maximumCount: .max, isFiltered: false) { _ in true
    }

    /// From a walk of a second to one of an hour.
    @Test(arguments: [1_000_000, 50 * 1_000_000, 1_000_000_000, 9_000_000_000] as [UInt64])
    func eachIsSeenOnceAndGivenBackHoweverLongItTakes(callNanoseconds: UInt64) {
        for seed in 1...3 as ClosedRange<UInt64> {
            var walk = Walk(Self.ids(1_003), Self.all)
            walk.run(callNanoseconds: callNanoseconds, seed: seed)
            #expect(walk.shown.count == 1_003)
            #expect(Set(walk.shown).count == 1_003)
            #expect(walk.machine.repeatedCount == 0, "a hold ended before it was extended")
            #expect(walk.machine.isComplete)
            #expect(walk.machine.heldCount == 0)
            #expect(walk.letters.visibleCount(at: walk.now) == 1_003)
        }
    }

    @Test func extensionsAreFewerThanReceives() {
        var quick = Walk(Self.ids(2_000), Self.all)
        quick.run(callNanoseconds: Self.second / 20)
        #expect(quick.extensionCount == 0)
        // Half an hour.
        var slow = Walk(Self.ids(2_000), Self.all)
        slow.run(callNanoseconds: Self.second * 4)
        #expect(slow.extensionCount > 0)
        #expect(slow.extensionCount < 4 * 200, "each letter is extended \(slow.extensionCount / 200) times")
    }

    @Test(arguments: [3, 100, 401, 500])
    func whoDiesHidesNothingForMuchLongerThanItWalked(callCount: Int) {
        var walk = Walk(Self.ids(2_000), Self.all)
        walk.run(callNanoseconds: Self.second, maximumCallCount: callCount)
        let elapsed = walk.now / Self.second
        #expect(walk.letters.allVisibleAt <= walk.now + max(60, elapsed) * Self.second)
        #expect(walk.letters.visibleCount(at: walk.now) < 2_000)
    }

    @Test func noMoreIsReceivedThanIsAskedFor() {
        var walk = Walk(
            Self.ids(100),
            .matching(maximumCount: 23, isFiltered: false) { _ in true }
        )
        walk.run(callNanoseconds: 1)
        #expect(walk.receivedCounts == [10, 10, 3])
        #expect(walk.shown.count == 23)
        #expect(walk.letters.visibleCount(at: walk.now) == 100)
    }

    @Test func ofThoseThatMatchNoMoreAreShownThanAskedFor() {
        var walk = Walk(
            Self.ids(100),
            .matching(maximumCount: 4, isFiltered: true) { $0.recordID.hasSuffix("7") }
        )
        walk.run(callNanoseconds: 1, settles: true)
        #expect(walk.shown.count == 4)
        #expect(walk.shown.allSatisfy { $0.hasSuffix("7") })
        #expect(walk.machine.settledCount == 4)
        #expect(walk.letters.visibleCount(at: walk.now) == 96)
    }

    @Test func theWalkEndsWhenAllThatWereNamedWereFound() {
        var walk = Walk(Self.ids(1_000), .records(["r3", "r700"]))
        walk.run(callNanoseconds: 1, settles: true)
        #expect(Set(walk.shown) == ["r3", "r700"])
        #expect(walk.machine.missing == [])
        // It did not ask again only to learn that there are no more.
        #expect(walk.receivedCounts.last != 0)
        #expect(walk.letters.visibleCount(at: walk.now) == 998)
    }

    @Test func whatIsNotThereIsMissing() {
        var walk = Walk(Self.ids(25), .records(["r3", "x", "a"]))
        walk.run(callNanoseconds: 1)
        #expect(walk.shown == ["r3"])
        #expect(walk.machine.missing == ["a", "x"])
        #expect(walk.machine.isComplete)
    }

    @Test func whatIsSettledIsNeitherHeldNorGivenBack() {
        var walk = Walk(Self.ids(45), Self.all)
        walk.run(callNanoseconds: 1, settles: true)
        #expect(walk.machine.settledCount == 45)
        // Five receives that give and one that does not, as many times records are dealt with, and the end.
        #expect(walk.callCount == 6 + 5 + 1)
        #expect(walk.letters.letters.isEmpty)
    }

    @Test func aWalkThatIsStoppedGivesBackWhatItHoldsAndNothingElse() {
        var machine = DeadLetterWalkStateMachine(Self.all, at: 0)
        let records = (0..<12).map { VirtualDeadLetters.record("r\($0)", handle: "h\($0)") }
        #expect(machine.next(at: 0) == .receive(count: 10, holdSeconds: 60))
        machine.received(Array(records[..<10]))
        #expect(machine.next(at: 0) == .handle(Array(records[..<10])))
        machine.handled(["h0", "h1", "h2"])
        #expect(machine.next(at: 0) == .receive(count: 10, holdSeconds: 60))
        machine.received(Array(records[10...]))
        // Before it dealt with the last ones.
        machine.stop()
        #expect(machine.heldCount == 9)
        #expect(machine.next(at: 0) == .giveBack(["h3", "h4", "h5", "h6", "h7", "h8", "h9", "h10", "h11"]))
        machine.gaveBack()
        #expect(machine.next(at: 0) == .end)
        #expect(!machine.isComplete)
    }

    @Test func whatComesAgainIsHeldAndNotShownAgain() {
        var machine = DeadLetterWalkStateMachine(Self.all, at: 0)
        _ = machine.next(at: 0)
        machine.received([VirtualDeadLetters.record("r", handle: "old")])
        _ = machine.next(at: 0)
        machine.handled([])
        #expect(machine.next(at: 31 * Self.second) == .extend(["old"], holdSeconds: 60))
        machine.extended(lost: ["old"])
        #expect(machine.next(at: 31 * Self.second) == .receive(count: 10, holdSeconds: 60))
        machine.received([VirtualDeadLetters.record("r", handle: "new")])
        #expect(machine.next(at: 32 * Self.second) == .receive(count: 10, holdSeconds: 60))
        machine.received([])
        #expect(machine.next(at: 33 * Self.second) == .giveBack(["new"]))
        #expect(machine.foundCount == 1)
        #expect(machine.repeatedCount == 1)
    }

    @Test func noMoreIsHeldAtOnceThanAllowed() {
        var looking = Walk(Self.ids(100), Self.all, maximumHeldCount: 40)
        looking.run(callNanoseconds: 1)
        #expect(looking.machine.isFull)
        #expect(!looking.machine.isComplete)
        #expect(looking.shown.count == 40)
        #expect(looking.letters.visibleCount(at: looking.now) == 100)
        // What is settled is not held.
        var settling = Walk(Self.ids(100), Self.all, maximumHeldCount: 40)
        settling.run(callNanoseconds: 1, settles: true)
        #expect(settling.machine.isComplete)
        #expect(settling.machine.settledCount == 100)
    }

    @Test func nothingLastsLongerThanTheServiceAllows() {
        let machine = DeadLetterWalkStateMachine(Self.all, at: 0)
        #expect(machine.holdSeconds(at: 59 * Self.second) == 60)
        #expect(machine.holdSeconds(at: 500 * Self.second) == 500)
        #expect(machine.holdSeconds(at: 43_201 * Self.second) == 43_200)
    }
}
