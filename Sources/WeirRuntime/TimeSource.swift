#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where time comes from: the system's clocks in production, a virtual one in tests and simulation.
public protocol TimeSource: Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z by the wall clock. It may jump; never measure a duration by it.
    var wallMilliseconds: Int64 { get }
    /// Nanoseconds by a clock that only goes forward, also while the machine sleeps. Its zero means nothing.
    var monotonicNanoseconds: UInt64 { get }
    /// Waits. Throws `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
    /// Where tasks run that are no child of another one; nil: where the system runs them. In a simulation time goes on only when
    /// none of its tasks has anything left to do, so that it must run all of them.
    var taskExecutor: (any TaskExecutor)? { get }
}

extension TimeSource {
    /// The system's.
    public var taskExecutor: (any TaskExecutor)? { nil }
}

/// The system's clocks.
public struct SystemTime: TimeSource {
    /// The system's clocks.
    public init() {}

    public var wallMilliseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    public var monotonicNanoseconds: UInt64 {
        var now = timespec()
        #if os(Linux)
            // A machine that slept has lost its leases: the time of its sleep counts.
            clock_gettime(CLOCK_BOOTTIME, &now)
        #else
            clock_gettime(CLOCK_MONOTONIC, &now)
        #endif
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
