import Synchronization

/// A place in a ``ReplyMemory`` for one answer, taken when the answer is about to be made and not before.
public final class ReplyReservation: Sendable {
    private let memory: ReplyMemory
    private let taken = Mutex<ReplyAllowance?>(nil)

    /// A place that is not taken yet.
    public init(_ memory: ReplyMemory) { self.memory = memory }

    /// Takes the place. Bytes of records that the answer may have.
    public var room: Int {
        taken.withLock { taken in
            let allowance = taken ?? memory.begin()
            taken = allowance
            return allowance.room
        }
    }

    /// ``room``, for the one who reads the records.
    public var takingRoom: @Sendable () -> Int { { self.room } }

    /// The answer's share of the memory; nil when no place was taken.
    public var allowance: ReplyAllowance? { taken.withLock(\.self) }
}
