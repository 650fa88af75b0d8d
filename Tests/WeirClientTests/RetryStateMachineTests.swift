import Testing
import WeirClient
import WeirModel

@Suite struct RetryStateMachineTests {
    /// What is waited before the repetition; nil when there is none.
    func delay(_ action: RetryStateMachine.Action) -> Duration? {
        if case .retry(let delay) = action { delay } else { nil }
    }

    @Test(arguments: [
        ServiceError.Code.throttling, .provisionedThroughputExceeded, .internalFailure, .serviceUnavailable, .timeout,
        .connectionFailure,
    ]) func repeatsWhatMaySucceed(code: ServiceError.Code) {
        var machine = RetryStateMachine(policy: RetryPolicy())
        #expect(delay(machine.attemptFailed(ServiceError(code, ""), elapsed: .zero, jitter: 0)) == .zero)
    }

    @Test(arguments: [
        ServiceError.Code.validation, .serialization, .invalidArgument, .resourceNotFound, .resourceInUse,
        .limitExceeded, .expiredIterator, .expiredNextToken, .accessDenied, .unknownOperation, .conditionalCheckFailed,
        .malformedResponse, .configuration, .cancelled, .clientShutDown, ServiceError.Code(rawValue: "Unheard"),
    ]) func doesNotRepeatWhatCannotSucceed(code: ServiceError.Code) throws {
        var machine = RetryStateMachine(policy: RetryPolicy())
        let action = machine.attemptFailed(ServiceError(code, "why"), elapsed: .zero, jitter: 0)
        guard case .fail(let error) = action else {
            Issue.record("\(code) is repeated")
            return
        }
        #expect(error.code == code)
        #expect(error.message == "why")
    }

    @Test(arguments: 1...6) func sendsAtMostSoManyTimes(maximumAttempts: Int) {
        var policy = RetryPolicy()
        policy.maximumAttempts = maximumAttempts
        var machine = RetryStateMachine(policy: policy)
        let error = ServiceError(.timeout, "")
        for _ in 1..<maximumAttempts {
            #expect(delay(machine.attemptFailed(error, elapsed: .zero, jitter: 0)) != nil)
        }
        #expect(delay(machine.attemptFailed(error, elapsed: .zero, jitter: 0)) == nil)
        #expect(machine.attempts == maximumAttempts)
    }

    @Test func oneAttemptIsNotRepeated() {
        var machine = RetryStateMachine(policy: .none)
        #expect(delay(machine.attemptFailed(ServiceError(.timeout, ""), elapsed: .zero, jitter: 0)) == nil)
    }

    @Test(arguments: [
        (1, 50, 250), (2, 100, 500), (3, 200, 1000), (4, 400, 2000), (5, 800, 4000), (6, 1600, 5000), (7, 3200, 5000),
        (8, 5000, 5000), (1000, 5000, 5000),
    ]) func theBoundOfTheWaitDoublesUpToItsMaximum(repetition: Int, plain: Int, throttling: Int) {
        let policy = RetryPolicy()
        #expect(policy.delayBound(repetition: repetition, isThrottling: false) == .milliseconds(plain))
        #expect(policy.delayBound(repetition: repetition, isThrottling: true) == .milliseconds(throttling))
    }

    @Test(arguments: [0.0, 0.25, 0.5, 0.999]) func theWaitIsAShareOfItsBound(jitter: Double) {
        var machine = RetryStateMachine(policy: RetryPolicy())
        let timeout = ServiceError(.timeout, "")
        #expect(delay(machine.attemptFailed(timeout, elapsed: .zero, jitter: jitter)) == .milliseconds(50) * jitter)
        let throttled = ServiceError(.throttling, "")
        #expect(delay(machine.attemptFailed(throttled, elapsed: .zero, jitter: jitter)) == .milliseconds(500) * jitter)
    }

    @Test func doesNotRepeatAfterTheLongestTime() {
        var policy = RetryPolicy()
        policy.maximumElapsed = .seconds(1)
        policy.baseDelay = .milliseconds(100)
        let error = ServiceError(.timeout, "")
        var inTime = RetryStateMachine(policy: policy)
        #expect(delay(inTime.attemptFailed(error, elapsed: .milliseconds(950), jitter: 0.5)) == .milliseconds(50))
        var late = RetryStateMachine(policy: policy)
        #expect(delay(late.attemptFailed(error, elapsed: .milliseconds(951), jitter: 0.5)) == nil)
    }
}
