import Synchronization
import WeirRuntime

/// A wall clock that stands still until a test moves it.
final class ManualTime: TimeSource {
    /// Some day in 2024.
    static let start: Int64 = 1_720_000_000_000

    private let now: Mutex<Int64>

    init(_ now: Int64 = start) { self.now = Mutex(now) }

    var wallMilliseconds: Int64 { now.withLock { $0 } }
    var monotonicNanoseconds: UInt64 { UInt64(wallMilliseconds) * 1_000_000 }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }

    func advance(milliseconds: Int64) { now.withLock { $0 += milliseconds } }
    func advance(hours: Int64) { advance(milliseconds: hours * 3_600_000) }
}
