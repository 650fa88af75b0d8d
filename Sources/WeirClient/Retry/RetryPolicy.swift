/// When and how often a failed call is repeated: exponential back-off with full jitter.
///
/// Before the n-th repetition the client waits a random time between zero and `baseDelay · 2^(n−1)`, at most
/// `maximumDelay`.
///
/// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
public struct RetryPolicy: Hashable, Sendable {
    /// How often a call is sent, at most, the first time included. Default 5; 1 for no repetition.
    public var maximumAttempts = 5
    /// The upper bound of the first wait. Default 50 ms.
    public var baseDelay: Duration = .milliseconds(50)
    /// The upper bound of the first wait after the service refused the call because of its rate. Default 250 ms.
    public var throttlingBaseDelay: Duration = .milliseconds(250)
    /// The upper bound of every wait. Default 5 s.
    public var maximumDelay: Duration = .seconds(5)
    /// A call is not repeated when the repetition would begin later than this after the first attempt. Default 60 s.
    public var maximumElapsed: Duration = .seconds(60)

    /// The defaults.
    public init() {}

    /// Every call is sent once.
    public static var none: RetryPolicy {
        var policy = RetryPolicy()
        policy.maximumAttempts = 1
        return policy
    }

    /// The upper bound of the wait before the n-th repetition, counted from 1.
    package func delayBound(repetition: Int, isThrottling: Bool) -> Duration {
        var bound = isThrottling ? throttlingBaseDelay : baseDelay
        for _ in 1..<max(1, repetition) where bound < maximumDelay { bound *= 2 }
        return max(.zero, min(bound, maximumDelay))
    }
}
