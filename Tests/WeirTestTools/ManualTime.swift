import Synchronization
import WeirRuntime

/// Time that a test moves: it begins at the wall clock's and stands still. Waiting takes no time.
package final class ManualTime: TimeSource {
    private let milliseconds: Mutex<Int64>

    package init(_ start: Int64 = 1_700_000_000_000) { milliseconds = Mutex(start) }

    package var wallMilliseconds: Int64 { milliseconds.withLock { $0 } }

    package var monotonicNanoseconds: UInt64 { UInt64(wallMilliseconds) * 1_000_000 }

    package func sleep(for duration: Duration) async throws { try Task.checkCancellation() }

    package func advance(milliseconds amount: Int64) { milliseconds.withLock { $0 += amount } }
}
