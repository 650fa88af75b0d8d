import Synchronization
import WeirConsumerFixtures
import WeirLeases
import WeirRuntime

/// The clocks of a simulated process. No two monotonic clocks count from the same moment, and wall clocks may be set.
package final class SimulatedClock: TimeSource {
    private let scheduler: SimulatedScheduler
    private let process: SimulatedProcess
    private let kinesis: MemoryKinesis
    private let origin: UInt64
    private let millisecondsAhead = Atomic<Int64>(0)
    private let missed = Atomic<UInt64>(0)

    package init(
        _ scheduler: SimulatedScheduler,
        _ process: SimulatedProcess,
        _ kinesis: MemoryKinesis,
        origin: UInt64
    ) {
        self.scheduler = scheduler
        self.process = process
        self.kinesis = kinesis
        self.origin = origin
    }

    /// The service's clock, and so much ahead of it.
    package var wallMilliseconds: Int64 { kinesis.wallMilliseconds + millisecondsAhead.load(ordering: .relaxed) }

    package var monotonicNanoseconds: UInt64 { scheduler.now + origin - missed.load(ordering: .relaxed) }

    /// The clock misses some time that goes by, as no clock of a worker may.
    package func miss(_ duration: UInt64) { missed.add(duration, ordering: .relaxed) }

    package func sleep(for duration: Duration) async throws {
        try await scheduler.sleep(nanoseconds: UInt64(nanosecondsOf: duration))
    }

    package var taskExecutor: (any TaskExecutor)? { process }

    /// Sets the wall clock.
    package func set(millisecondsAhead milliseconds: Int64) {
        millisecondsAhead.store(milliseconds, ordering: .relaxed)
    }
}
