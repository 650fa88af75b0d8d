import Dispatch

/// Calls back at a later time.
package protocol AlarmClock: Sendable {
    /// Does some work after so many nanoseconds, or somewhat later. The work must not block.
    func ring(after nanoseconds: UInt64, _ work: @escaping @Sendable () -> Void)
}

/// The system's timers.
struct SystemAlarmClock: AlarmClock {
    func ring(after nanoseconds: UInt64, _ work: @escaping @Sendable () -> Void) {
        let time = DispatchTime.now() + .nanoseconds(Int(clamping: nanoseconds))
        DispatchQueue.global().asyncAfter(deadline: time, execute: work)
    }
}
