import Synchronization
import WeirRuntime

/// Tells once when a time has come, which may be put forward or back meanwhile.
final class QueueTimer: Sendable {
    private let time: any TimeSource
    private let alarm: Alarm
    private let deadline = Mutex(UInt64.max)

    init(time: any TimeSource) {
        self.time = time
        alarm = Alarm(time: time)
    }

    /// The time to tell of next.
    func set(_ next: UInt64) {
        let isEarlier = deadline.withLock { deadline in
            defer { deadline = next }
            return next < deadline
        }
        if isEarlier { alarm.ring() }
    }

    /// Runs until its task is cancelled.
    func run(_ tick: () -> Void) async {
        while !Task.isCancelled {
            let now = time.monotonicNanoseconds
            let (isDue, next) = deadline.withLock { deadline in
                guard deadline <= now else { return (false, deadline) }
                deadline = .max
                return (true, deadline)
            }
            if isDue { tick() } else { await alarm.wait(until: next) }
        }
    }
}
