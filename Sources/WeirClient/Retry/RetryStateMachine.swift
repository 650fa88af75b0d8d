import WeirModel

/// Decides after each failed attempt of one call whether it is repeated, and when.
package struct RetryStateMachine: Sendable {
    /// What to do after a failed attempt.
    package enum Action: Sendable {
        /// Wait, then send the call again.
        case retry(after: Duration)
        /// Give up with the error.
        case fail(ServiceError)
    }

    private let policy: RetryPolicy
    /// How many attempts failed.
    package private(set) var attempts = 0

    /// The machine of one call, before its first attempt.
    package init(policy: RetryPolicy) {
        self.policy = policy
    }

    /// An attempt failed, `elapsed` after the first one began. `jitter` is random, from 0 up to, not including, 1.
    package mutating func attemptFailed(_ error: ServiceError, elapsed: Duration, jitter: Double) -> Action {
        attempts += 1
        guard error.isRetryable, attempts < policy.maximumAttempts else { return .fail(error) }
        let delay = policy.delayBound(repetition: attempts, isThrottling: error.isThrottling) * jitter
        guard elapsed + delay <= policy.maximumElapsed else { return .fail(error) }
        return .retry(after: delay)
    }
}
