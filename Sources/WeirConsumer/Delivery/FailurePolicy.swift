/// What a worker does about records that their handler fails on.
///
/// An error of a batch is narrowed down by halving to the record that causes it. That record is handed over again and
/// again with growing pauses; after so many attempts or so long, or at once when the handler throws ``RecordRejection``, ``Exhaustion`` decides.
public struct FailurePolicy: Hashable, Sendable {
    /// What becomes of a record that was given up.
    public enum Exhaustion: Hashable, Sendable {
        /// It is put to the dead letter destination, and the shard goes on when that has acknowledged it.
        case deadLetter
        /// The shard is not read on. The worker keeps its lease, so that no other worker fails on it too.
        case stop
        /// It is logged, and the shard goes on.
        case skip
    }

    /// How often a record is handed over before it is given up: 1 or more.
    public var maximumAttempts = 5
    /// A record is given up, whatever the attempts, when it fails so long after its first failure or later. Default: no
    /// limit. With `maximumAttempts = .max` it alone decides.
    public var maximumTime: Duration?
    /// The pause before the second attempt; doubled for each one after that.
    public var initialPause = Duration.milliseconds(100)
    /// The longest pause.
    public var maximumPause = Duration.seconds(10)
    /// What becomes of a record that was given up.
    public var onFailure = Exhaustion.deadLetter

    /// Five attempts within 1.5 s, then the dead letters.
    public init() {}

    /// Whether a record that fails so long after its first failure is given up.
    func isOver(after time: Duration) -> Bool { maximumTime.map { time >= $0 } ?? false }

    /// The pause after an attempt that failed, the first of which is 1.
    func pause(afterAttempt attempt: Int) -> Duration {
        var pause = initialPause
        for _ in 1..<max(attempt, 1) where pause < maximumPause { pause *= 2 }
        return min(pause, maximumPause)
    }
}

/// Thrown by a handler: the record is bad, and another attempt would not help.
public struct RecordRejection: Error, Hashable, CustomStringConvertible {
    /// Why, for the dead letter.
    public let reason: String

    /// A rejection with its reason.
    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}
