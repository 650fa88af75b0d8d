import DequeModule
import Synchronization

/// The logs of a pool pack their segments one after the other, so that packing takes one processor and the memory of one
/// segment's block, however many logs there are.
final class PackingTurns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: Deque<@Sendable () -> Bool> = []
    }

    private let state = Mutex(State())
    private let bytesBefore = Atomic<Int>(0)
    private let bytesAfter = Atomic<Int>(0)

    /// Calls a closure when the turn has come: at once, or when those before have given back theirs. It must not block, and
    /// answers whether it uses the turn; then ``giveBack()`` must follow.
    func take(_ begin: @escaping @Sendable () -> Bool) {
        let isFree = state.withLock { state in
            if state.isTaken {
                state.waiting.append(begin)
                return false
            }
            state.isTaken = true
            return true
        }
        if isFree, !begin() { giveBack() }
    }

    /// Ends a turn. The next begins.
    func giveBack() {
        while true {
            let next = state.withLock { state in
                let next = state.waiting.popFirst()
                state.isTaken = next != nil
                return next
            }
            guard let next, !next() else { return }
        }
    }

    /// Counts a segment that was packed.
    func count(bytesBefore before: Int64, after: Int64) {
        bytesBefore.add(Int(before), ordering: .relaxed)
        bytesAfter.add(Int(after), ordering: .relaxed)
    }

    /// What was packed since the pool was made.
    var total: PackedBytes {
        PackedBytes(
            before: bytesBefore.load(ordering: .relaxed),
            after: bytesAfter.load(ordering: .relaxed)
        )
    }
}

/// Bytes of segment files before and after they were packed.
public struct PackedBytes: Hashable, Sendable {
    /// As they were written first.
    public var before: Int
    /// As they are on disk.
    public var after: Int

    /// Bytes before and after.
    public init(before: Int = 0, after: Int = 0) {
        self.before = before
        self.after = after
    }
}
