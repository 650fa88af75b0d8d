import Synchronization
import WeirModel
import WeirRuntime

/// The limits on rates of one account and region: ``ThroughputStateMachine`` with a clock.
final class ThroughputLimiter: Sendable {
    private let machine = Mutex(ThroughputStateMachine())
    private let time: any TimeSource

    init(time: any TimeSource) { self.time = time }

    /// Asks the machine at this moment.
    func decide<Result>(_ body: (inout ThroughputStateMachine, _ now: UInt64) -> sending Result) -> sending Result {
        let now = time.monotonicNanoseconds
        return machine.withLock { body(&$0, now) }
    }
}
