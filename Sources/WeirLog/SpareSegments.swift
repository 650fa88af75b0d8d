import Synchronization
import WeirRuntime

/// Files of trimmed segments of one log, and files of zeros, to be written over by new segments. A file whose blocks are allocated and written already
/// takes about half the time to sync, since the file system has no metadata of its own to make durable.
///
/// A spare file may be written over only when nobody reads it as the segment it was. Readers of entries need not be counted:
/// what they meet is not a frame of the segment they read, and they look again. Who copies whole files holds them
/// (``hold()``): while somebody does, no spare is given out.
final class SpareSegments: Sendable {
    /// A file that may be written over. No name of a segment leads to it any more, durably.
    struct Spare: Sendable {
        let file: any File
        let path: String
        let size: Int64
    }

    /// While it exists, no spare file is given out.
    final class Hold: Sendable {
        private let spares: SpareSegments

        fileprivate init(_ spares: SpareSegments) {
            self.spares = spares
            spares.state.withLock { $0.holdCount += 1 }
        }

        deinit { spares.state.withLock { $0.holdCount -= 1 } }
    }

    private struct State {
        var spares: [Spare] = []
        var holdCount = 0
    }

    /// Held while a file is made or written ahead of time. Whether no more is to be.
    let preparation = Mutex(false)

    private let state = Mutex(State())
    private let budget: SpareBudget

    init(budget: SpareBudget) { self.budget = budget }

    deinit { clear() }

    /// How many there are.
    var count: Int { state.withLock { $0.spares.count } }

    /// Forbids to give out spare files as long as the result is kept.
    func hold() -> Hold { Hold(self) }

    /// Whether another file of this size may be kept; then ``keep(_:)`` or ``abandon(_:)`` must follow.
    func reserve(_ size: Int64, maximumCount: Int) -> Bool {
        count < maximumCount && budget.take(size)
    }

    /// Gives back what ``reserve(_:maximumCount:)`` took.
    func abandon(_ size: Int64) { budget.giveBack(size) }

    /// Takes in a file, for which room was reserved.
    func keep(_ spare: Spare) { state.withLock { $0.spares.append(spare) } }

    /// A file to write over that has one of these sizes; nil when there is none, or when it may not be done now. With it, all that
    /// have another size: those are not kept any more.
    func take(of sizes: ClosedRange<Int64>) -> (fitting: Spare?, others: [Spare]) {
        let (fitting, others) = state.withLock { state -> (Spare?, [Spare]) in
            guard state.holdCount == 0 else { return (nil, []) }
            let others = state.spares.filter { !sizes.contains($0.size) }
            state.spares.removeAll { !sizes.contains($0.size) }
            return (state.spares.popLast(), others)
        }
        if let fitting { budget.giveBack(fitting.size) }
        for other in others { budget.giveBack(other.size) }
        return (fitting, others)
    }

    /// Waits for a file that is just written ahead of time. No more are, and the one under way is given up.
    func stopPreparing() { preparation.withLock { $0 = true } }

    /// Forgets all. The files stay; opening the log removes them.
    func clear() {
        let forgotten = state.withLock { state in
            defer { state.spares = [] }
            return state.spares
        }
        for spare in forgotten { budget.giveBack(spare.size) }
    }
}

/// How many bytes the spare segments of all logs of a pool may have together.
final class SpareBudget: Sendable {
    private let free: Mutex<Int64>

    init(bytes: Int64) { free = Mutex(bytes) }

    /// Takes bytes, if there are as many.
    func take(_ bytes: Int64) -> Bool {
        free.withLock { free in
            if free < bytes { return false }
            free -= bytes
            return true
        }
    }

    /// Gives bytes back.
    func giveBack(_ bytes: Int64) { free.withLock { $0 += bytes } }
}
