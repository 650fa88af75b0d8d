import Testing

@testable import WeirConsumer

@Suite struct DeliveryStateMachineTests {
    /// Runs the machine against a handler that fails on some records: for so many attempts, or for ever.
    private func run(
        count: Int,
        isOneByOne: Bool = false,
        policy: FailurePolicy = FailurePolicy(),
        failing: [Int: Int] = [:],
        rejected: Set<Int> = []
    ) -> (delivered: [Int], givenUp: [Int: Int], pauses: [Duration], calls: Int) {
        var machine = DeliveryStateMachine(count: count, isOneByOne: isOneByOne, policy: policy)
        var failures = failing
        var delivered: [Int] = []
        var givenUp: [Int: Int] = [:]
        var pauses: [Duration] = []
        var calls = 0
        var now: UInt64 = 0
        while true {
            switch machine.next() {
            case .deliver(let range, _):
                calls += 1
                let isRejected = range.contains(where: rejected.contains)
                if let bad = range.first(where: { failures[$0, default: 0] > 0 || rejected.contains($0) }) {
                    // Attempts count for the record alone.
                    if range.count == 1 { failures[bad, default: 0] -= 1 }
                    machine.failed(isRejection: isRejected, at: now)
                } else {
                    delivered += range
                    machine.succeeded()
                }
            case .wait(let pause):
                pauses.append(pause)
                now += UInt64(pause / .nanoseconds(1))
            case .giveUp(let index, let attempts):
                givenUp[index] = attempts
                machine.passed()
            case .finished: return (delivered, givenUp, pauses, calls)
            }
        }
    }

    @Test(arguments: [0, 1, 2, 7, 500]) func everythingIsDeliveredInOrderInOneCall(count: Int) {
        let result = run(count: count)
        #expect(result.delivered == Array(0..<count))
        #expect(result.calls == (count == 0 ? 0 : 1))
    }

    @Test func oneByOneMeansACallForEach() {
        let result = run(count: 5, isOneByOne: true)
        #expect(result.delivered == [0, 1, 2, 3, 4])
        #expect(result.calls == 5)
    }

    @Test(arguments: 0..<9, [1, 2, 3, 8, 9])
    func aBadRecordIsIsolatedWhereverItIs(bad: Int, count: Int) {
        guard bad < count else { return }
        for isOneByOne in [true, false] {
            let result = run(count: count, isOneByOne: isOneByOne, failing: [bad: .max])
            #expect(result.delivered == (0..<count).filter { $0 != bad })
            #expect(result.givenUp == [bad: 5])
            #expect(result.pauses == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        }
    }

    @Test func severalBadRecordsAreIsolatedEach() {
        let result = run(count: 100, failing: [3: .max, 4: .max, 99: .max])
        #expect(result.delivered == (0..<100).filter { ![3, 4, 99].contains($0) })
        #expect(result.givenUp.keys.sorted() == [3, 4, 99])
        // Halving: far fewer calls than records and attempts.
        #expect(result.calls < 50)
    }

    @Test func aRejectedRecordIsNotTriedAgain() {
        let result = run(count: 8, rejected: [5])
        #expect(result.givenUp == [5: 1])
        #expect(result.pauses == [])
        #expect(result.delivered == [0, 1, 2, 3, 4, 6, 7])
    }

    @Test func aPassingFailureIsRetriedAndNothingIsGivenUp() {
        let result = run(count: 1, failing: [0: 4])
        #expect(result.delivered == [0])
        #expect(result.givenUp.isEmpty)
        #expect(result.calls == 5)
    }

    @Test func pausesGrowUpToTheLongest() {
        var policy = FailurePolicy()
        policy.initialPause = .milliseconds(300)
        policy.maximumPause = .seconds(1)
        #expect(
            (1...5).map { policy.pause(afterAttempt: $0) } == [
                .milliseconds(300), .milliseconds(600), .seconds(1), .seconds(1), .seconds(1),
            ]
        )
    }

    @Test func oneAttemptMeansNoPause() {
        var policy = FailurePolicy()
        policy.maximumAttempts = 1
        let result = run(count: 1, policy: policy, failing: [0: .max])
        #expect(result.givenUp == [0: 1])
        #expect(result.pauses == [])
    }

    @Test func aRecordIsGivenUpWhenItsTimeIsOver() {
        var policy = FailurePolicy()
        policy.maximumAttempts = .max
        policy.initialPause = .milliseconds(100)
        policy.maximumPause = .milliseconds(100)
        // Fails at 0, 100, …, 500 ms: the last is the first that is late enough.
        policy.maximumTime = .milliseconds(500)
        let result = run(count: 3, policy: policy, failing: [1: .max])
        #expect(result.delivered == [0, 2])
        #expect(result.givenUp == [1: 6])
        policy.maximumTime = .milliseconds(501)
        #expect(run(count: 3, policy: policy, failing: [1: .max]).givenUp == [1: 7])
        // Each record has its own time.
        #expect(run(count: 3, policy: policy, failing: [1: .max, 2: .max]).givenUp == [1: 7, 2: 7])
        policy.maximumTime = .zero
        #expect(run(count: 1, policy: policy, failing: [0: .max]).givenUp == [0: 1])
    }
}
