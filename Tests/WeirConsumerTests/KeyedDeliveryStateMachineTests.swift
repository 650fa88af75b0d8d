import Testing
import WeirTestTools

@testable import WeirConsumer

@Suite struct KeyedDeliveryStateMachineTests {
    /// A run with records, completions and portions in an order that the seed decides, and what must hold in all of them.
    ///
    /// - Parameter isStopped: whether it is told to close gaps at some moment, and adds no more.
    private func run(seed: UInt64, isStopped: Bool) throws {
        var random = SeededGenerator(seed: seed)
        let parallelism = Int.random(in: 1...5, using: &random)
        let isOneByOne = Bool.random(using: &random)
        let keys = (0..<Int.random(in: 0...40, using: &random)).map { _ in "\(Int.random(in: 0..<6, using: &random))" }
        var machine = KeyedDeliveryStateMachine(parallelism: parallelism, isOneByOne: isOneByOne)
        var added = 0
        /// Portions in hand, and how many of their records are done.
        var inHand: [(portion: [Int], done: Int)] = []
        var done: Set<Int> = []
        var lastOfKey: [String: Int] = [:]
        var stepsLeft = isStopped ? Int.random(in: 0..<100, using: &random) : .max
        while stepsLeft > 0 ? added < keys.count || done.count < keys.count || !inHand.isEmpty : !inHand.isEmpty {
            if stepsLeft == 1 {
                machine.closeGaps()
                while let portion = machine.next() { inHand.append((portion, 0)) }
            }
            stepsLeft -= stepsLeft > 0 ? 1 : 0
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where added < keys.count && stepsLeft > 0:
                machine.add(key: keys[added])
                added += 1
            case 1 where stepsLeft > 0:
                guard let portion = machine.next() else {
                    // Something is in hand, or nothing is left of what was added.
                    #expect(inHand.count == parallelism || !inHand.isEmpty || done.count == added)
                    continue
                }
                #expect(!portion.isEmpty && portion == portion.sorted())
                #expect(!isOneByOne || portion.count == 1)
                inHand.append((portion, 0))
                #expect(inHand.count <= parallelism)
                let owners = inHand.map { Set($0.portion.map { keys[$0] }) }
                #expect(owners.reduce(0) { $0 + $1.count } == Set(owners.joined()).count)
                for index in portion {
                    #expect(lastOfKey[keys[index], default: -1] < index)
                    lastOfKey[keys[index]] = index
                }
            case 2 where !inHand.isEmpty:
                let place = Int.random(in: 0..<inHand.count, using: &random)
                if inHand[place].done < inHand[place].portion.count {
                    let index = inHand[place].portion[inHand[place].done]
                    inHand[place].done += 1
                    #expect(done.insert(index).inserted)
                    machine.done(index)
                } else {
                    machine.finished(inHand.remove(at: place).portion)
                    while stepsLeft == 0, let portion = machine.next() { inHand.append((portion, 0)) }
                }
            default: break
            }
            #expect(machine.doneCount == (0..<added).prefix { done.contains($0) }.count)
            #expect(machine.pendingCount == added - done.count)
        }
        #expect(machine.next() == nil || isStopped && stepsLeft > 0)
        // Nothing that is done is ahead of something that is not.
        #expect(machine.doneCount == (isStopped ? done.count : keys.count))
    }

    @Test func whateverTheOrderKeysStayInOrderAndTheCheckpointBehindWhatIsDone() throws {
        for seed in 0..<3000 { try run(seed: UInt64(seed), isStopped: false) }
    }

    @Test func whenItStopsNothingIsDoneAheadOfTheCheckpoint() throws {
        for seed in 0..<3000 { try run(seed: UInt64(seed), isStopped: true) }
    }

    @Test func otherKeysPassASlowOne() {
        var machine = KeyedDeliveryStateMachine(parallelism: 2, isOneByOne: true)
        for key in ["slow", "slow", "a", "b"] { machine.add(key: key) }
        #expect(machine.next() == [0])
        #expect(machine.next() == [2])
        #expect(machine.next() == nil)
        machine.done(2)
        machine.finished([2])
        #expect(machine.next() == [3])
        machine.done(3)
        machine.finished([3])
        #expect(machine.next() == nil)
        #expect(machine.doneCount == 0)
        machine.done(0)
        #expect(machine.doneCount == 1)
        machine.finished([0])
        #expect(machine.next() == [1])
    }

    @Test func batchesShareWhatWaits() {
        var machine = KeyedDeliveryStateMachine(parallelism: 2, isOneByOne: false)
        for key in ["a", "b", "a", "c", "b"] { machine.add(key: key) }
        #expect(machine.next() == [0, 1, 2])
        // One of the keys in hand waits.
        #expect(machine.next() == [3])
        for index in 0..<4 { machine.done(index) }
        machine.finished([0, 1, 2])
        #expect(machine.next() == [4])
    }

    @Test func aKeyThatAlwaysHasRecordsIsKeptShort() {
        var machine = KeyedDeliveryStateMachine(parallelism: 1, isOneByOne: true)
        machine.add(key: "a")
        for index in 0..<10_000 {
            machine.add(key: "a")
            #expect(machine.next() == [index])
            machine.done(index)
            machine.finished([index])
        }
        #expect(machine.pendingCount == 1)
    }
}
