import Synchronization
import WeirRuntime

/// Time that a test moves: it begins at the wall clock's and stands still. Waiting takes no time.
final class ManualTime: TimeSource {
    private let milliseconds: Mutex<Int64>

    init(_ start: Int64 = 1_700_000_000_000) { milliseconds = Mutex(start) }

    var wallMilliseconds: Int64 { milliseconds.withLock { $0 } }

    var monotonicNanoseconds: UInt64 { UInt64(wallMilliseconds) * 1_000_000 }

    func sleep(for duration: Duration) async throws { try Task.checkCancellation() }

    func advance(milliseconds amount: Int64) { milliseconds.withLock { $0 += amount } }
}
