import Synchronization
import WeirModel

/// The memory that answers with records hold, from when the records are read until the answer has left for its client. The
/// shell of ``ReplyMemoryStateMachine``.
///
/// GetRecords never waits for it: as it fills up, the next answers have fewer records, which they may at any time. Pieces of
/// streams wait when nothing is left.
public final class ReplyMemory: Sendable {
    private typealias Machine = ReplyMemoryStateMachine

    private struct State {
        var machine: Machine
        var nextID: Machine.ID = 0
        var waiting: [Machine.ID: CheckedContinuation<ReplyAllowance?, Never>] = [:]
    }

    private let state: Mutex<State>

    /// A memory of so many bytes.
    public init(limit: Int = Limits.maximumReplyMemoryInBytes) {
        state = Mutex(State(machine: Machine(limit: limit)))
    }

    /// Bytes that are held.
    public var bytes: Int { state.withLock(\.machine.held) }

    /// How many pieces wait for room.
    public var waitingCount: Int { state.withLock(\.machine.waitingCount) }

    /// An answer to GetRecords is about to be made. It counts as large as it may be until its size is known.
    public func begin() -> ReplyAllowance {
        let share = state.withLock { $0.machine.begin(most: Limits.maximumGetRecordsSizeInBytes) }
        return ReplyAllowance(self, share)
    }

    /// Bytes that are there already, which nobody could have kept from being made.
    public func count(bytes: Int) -> ReplyAllowance {
        changed(by: bytes)
        return ReplyAllowance(self, .init(room: 0, bytes: bytes))
    }

    /// A piece of a stream is about to be made, of so many bytes of records at most, or of one record, which has up to
    /// `largestRecord`. Nil when it would have to wait.
    public func pieceAtOnce(most: Int, largestRecord: Int) -> ReplyAllowance? {
        let share = state.withLock { $0.machine.beginPiece(most: most, largestRecord: largestRecord) }
        return share.map { ReplyAllowance(self, $0) }
    }

    /// The same, but waits while nothing is left. Nil when the task is cancelled meanwhile.
    public func piece(most: Int, largestRecord: Int) async -> ReplyAllowance? {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let admission: Machine.Admission? = state.withLock { state in
                    // A task that was cancelled before this is not told again.
                    guard !Task.isCancelled else { return nil }
                    let admission = state.machine.beginPiece(id, most: most, largestRecord: largestRecord)
                    if admission == .waits { state.waiting[id] = continuation }
                    return admission
                }
                switch admission {
                case .waits: break
                case .begun(let share): continuation.resume(returning: ReplyAllowance(self, share))
                case nil: continuation.resume(returning: nil)
                }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.machine.withdraw(id)
                return state.waiting.removeValue(forKey: id)
            }
            waiting?.resume(returning: nil)
        }
    }

    fileprivate func changed(by bytes: Int) {
        let begun = state.withLock { state in
            state.machine.changed(by: bytes).compactMap { id, share in
                state.waiting.removeValue(forKey: id).map { ($0, share) }
            }
        }
        for (waiting, share) in begun { waiting.resume(returning: ReplyAllowance(self, share)) }
    }
}

/// The share of one answer, or of one piece of a stream, in a ``ReplyMemory``. It is given back when nobody has it any more.
public final class ReplyAllowance: Sendable {
    /// Bytes of records that the answer may have.
    public let room: Int
    private let memory: ReplyMemory
    private let bytes: Atomic<Int>

    /// A share that the memory counts already.
    fileprivate init(_ memory: ReplyMemory, _ share: ReplyMemoryStateMachine.Share) {
        self.memory = memory
        room = share.room
        bytes = Atomic(share.bytes)
    }

    deinit { memory.changed(by: -bytes.load(ordering: .relaxed)) }

    /// The answer was made, and has this many bytes.
    public func made(bytes count: Int) {
        memory.changed(by: count - bytes.exchange(count, ordering: .relaxed))
    }
}
