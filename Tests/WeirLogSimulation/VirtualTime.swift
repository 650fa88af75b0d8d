import Synchronization
import WeirRuntime

/// A clock that only the simulation moves.
final class VirtualTime: TimeSource {
    private let nanoseconds = Atomic<UInt64>(0)

    var wallMilliseconds: Int64 { 1_720_000_000_000 }
    var monotonicNanoseconds: UInt64 { nanoseconds.load(ordering: .relaxed) }
    func sleep(for duration: Duration) async throws { await Task.yield() }

    /// Moves it forward.
    func advance(by step: Int) { nanoseconds.add(UInt64(step), ordering: .relaxed) }

    /// Moves it forward to a time, unless it is there already.
    func advance(to time: UInt64) { nanoseconds.max(time, ordering: .relaxed) }
}
