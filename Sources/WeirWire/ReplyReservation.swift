import Synchronization

/// A place in a ``ReplyMemory`` for one answer, taken when the answer is about to be made and not before.
public final class ReplyReservation: Sendable {
    private enum Source: Sendable {
        case memory(ReplyMemory)
        case fixed(Int)
    }

    private let source: Source
    private let taken = Mutex<ReplyAllowance?>(nil)

    /// A place that is not taken yet.
    public init(_ memory: ReplyMemory) { source = .memory(memory) }

    /// Room for so many bytes of records, which nobody counts.
    public init(room: Int) { source = .fixed(room) }

    /// Takes the place. Bytes of records that the answer may have.
    public var room: Int {
        switch source {
        case .fixed(let room): room
        case .memory(let memory):
            taken.withLock { taken in
                let allowance = taken ?? memory.begin()
                taken = allowance
                return allowance.room
            }
        }
    }

    /// Gives the place back: nothing is made yet. It can be taken again.
    public func release() {
        // Let go outside the lock.
        _ = taken.withLock { $0.take() }
    }

    /// The answer's share of the memory; nil when no place is taken.
    public var allowance: ReplyAllowance? { taken.withLock(\.self) }
}
