import NIOCore
import NIOPosix

/// Calls back at a later time.
package protocol AlarmClock: Sendable {
    /// Does some work after so many nanoseconds, or as soon after as there is a processor. The work must not block.
    func ring(after nanoseconds: UInt64, _ work: @escaping @Sendable () -> Void)
}

/// The timers of the event loops that the process shares. (Those of Dispatch may be late by a tenth.)
package struct SystemAlarmClock: AlarmClock {
    package init() {}

    package func ring(after nanoseconds: UInt64, _ work: @escaping @Sendable () -> Void) {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        loop.scheduleTask(in: .nanoseconds(Int64(clamping: nanoseconds)), work)
    }
}
