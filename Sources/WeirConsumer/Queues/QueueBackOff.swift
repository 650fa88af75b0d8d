import WeirModel

/// After what time a record comes again whose handler failed: the pause doubles with each receive, between bounds.
///
/// The pause is set as the record's visibility, so it is kept by the service: also when this consumer is gone by then, and whichever
/// consumer gets the record next. The service counts in whole seconds.
public struct QueueBackOff: Hashable, Sendable {
    /// The pause after the first receive. Default 1 s; zero: at once.
    public var initialPause = Duration.seconds(1)
    /// The longest pause: at most 43,200 s. Default 15 min.
    public var maximumPause = Duration.seconds(900)

    /// 1 s, 2 s, 4 s, … up to 15 min.
    public init() {}

    /// Bounds of one's own.
    public init(initialPause: Duration, maximumPause: Duration) {
        self.initialPause = initialPause
        self.maximumPause = maximumPause
    }

    /// The pause of a record that was received so often, in whole seconds. `jitter` is random, from 0 up to, not including, 1: the
    /// pause is between half of what it would be and all of it, so that records that failed together do not come together.
    func seconds(receiveCount: Int, jitter: Double) -> Int {
        var pause = initialPause
        for _ in 1..<max(receiveCount, 1) {
            guard pause > .zero, pause < maximumPause else { break }
            pause *= 2
        }
        pause = min(pause, maximumPause)
        return Self.seconds(pause * (0.5 + jitter / 2))
    }

    /// A pause in whole seconds, not less than it, as far as the service takes it.
    static func seconds(_ pause: Duration) -> Int {
        let (seconds, attoseconds) = pause.components
        let bounds = Limits.visibilityTimeoutSeconds
        let whole = seconds >= Int64(bounds.upperBound) ? bounds.upperBound : Int(seconds) + (attoseconds > 0 ? 1 : 0)
        return min(max(whole, bounds.lowerBound), bounds.upperBound)
    }
}
