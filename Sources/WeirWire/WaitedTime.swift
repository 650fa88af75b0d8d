import Synchronization

/// How long a call waited for something to answer with, because its input says so: no time that the server took.
public final class WaitedTime: Sendable {
    private let total = Atomic<UInt64>(0)

    /// No time.
    public init() {}

    /// Nanoseconds.
    public var nanoseconds: UInt64 { total.load(ordering: .relaxed) }

    /// The call waited so long.
    public func add(nanoseconds: UInt64) { total.add(nanoseconds, ordering: .relaxed) }
}
