import Logging
import NIOCore
import Synchronization
import WeirLog

/// The delivery state of a queue on disk: ``QueueStateMachine``, and a log of its events.
///
/// A change is made in memory and handed to the log under one lock, so that the log has the events in the order in which they
/// were decided; it is answered when it is durable. What could not be written is taken back. Now and then the whole state is
/// written, and what the log had before is dropped: `docs/formats/queue.md`.
final class QueueJournal: Sendable {
    private struct State {
        var machine: QueueStateMachine
        /// Counts snapshots: the timestamp of the log's entries.
        var generation: Int64
        var bytesSinceSnapshot: Int
        var isWritingSnapshot = false
        /// A snapshot was asked for and is not begun: one is enough, however many changes come until then.
        var isSnapshotAsked = false
        var isClosed = false
        /// Changes that were taken back, or will not be.
        var settledFailures = 0
        /// Copies that are being made.
        var holdCount = 0
    }

    let log: Log
    private let logger: Logger
    private let state: Mutex<State>
    /// Events that could not be written.
    private let failures = Atomic(0)
    /// Bytes of events after which a snapshot is written, at least.
    private let snapshotInterval: Int
    /// One snapshot is written at a time, and none while the log is closed.
    private let snapshots = AsyncGate()

    /// The only lane of a queue's log.
    static let lane: UInt32 = 0
    /// Bytes of one part of a snapshot, at most.
    private static let partSize = 1 << 20

    init(
        log: Log,
        machine: consuming sending QueueStateMachine,
        generation: Int64,
        bytesSinceSnapshot: Int,
        snapshotInterval: Int,
        logger: Logger
    ) {
        self.log = log
        self.logger = logger
        self.snapshotInterval = snapshotInterval
        var machine = machine
        machine.forgetCounts()
        state = Mutex(State(machine: machine, generation: generation, bytesSinceSnapshot: bytesSinceSnapshot))
    }

    /// Looks at the state, or changes what is not on disk: the lines of what is visible.
    func withMachine<Result: Sendable>(_ body: (inout QueueStateMachine) -> Result) -> Result {
        state.withLock { body(&$0.machine) }
    }

    /// A change that was decided, and is being written.
    struct Change<Result: Sendable>: Sendable {
        /// What was decided.
        let result: Result
        fileprivate let undo: QueueUndo
        fileprivate let outcome: AppendOutcome?
    }

    /// Decides a change and hands its event to the log. What is decided next builds on it. It must be waited for by
    /// ``finish(_:)``.
    func begin<Result: Sendable>(
        _ decide: (inout QueueStateMachine) -> (entry: QueueEntry?, undo: QueueUndo, result: Result)
    ) -> Change<Result> {
        let (change, isDue) = state.withLock { state -> (Change<Result>, Bool) in
            let (entry, undo, result) = decide(&state.machine)
            guard let entry else { return (Change(result: result, undo: undo, outcome: nil), false) }
            let payload = entry.payload
            state.bytesSinceSnapshot += payload.readableBytes
            let outcome = append(payload, state.generation)
            let isDue = isSnapshotDue(state)
            if isDue { state.isSnapshotAsked = true }
            return (Change(result: result, undo: undo, outcome: outcome), isDue)
        }
        if isDue { writeSnapshotInBackground() }
        return change
    }

    /// Waits until a change is on disk. Throws what the log throws; the change is taken back then.
    func finish<Result: Sendable>(_ change: Change<Result>) async throws(LogError) -> Result {
        guard let outcome = change.outcome else { return change.result }
        do throws(LogError) {
            try await outcome.value()
        } catch {
            state.withLock { state in
                state.machine.undo(change.undo)
                state.settledFailures += 1
            }
            throw error
        }
        return change.result
    }

    /// Decides a change, and waits until it is on disk.
    func perform<Result: Sendable>(
        _ decide: (inout QueueStateMachine) -> (entry: QueueEntry?, undo: QueueUndo, result: Result)
    ) async throws(LogError) -> Result {
        try await finish(begin(decide))
    }

    /// While it is kept, nothing is dropped from the log.
    final class Hold: Sendable {
        private let journal: QueueJournal

        fileprivate init(_ journal: QueueJournal) {
            self.journal = journal
            journal.state.withLock { $0.holdCount += 1 }
        }

        deinit { journal.state.withLock { $0.holdCount -= 1 } }
    }

    /// Keeps the log as it is, but for what is added, for a copy.
    func hold() -> Hold { Hold(self) }

    /// Waits for what is being written and closes the log.
    func close() async {
        // A snapshot that is being written drops files: none must be dropped after another process was allowed in.
        await snapshots.withGate { state.withLock { $0.isClosed = true } }
        await log.close()
    }

    private func append(_ payload: ByteBuffer, _ generation: Int64) -> AppendOutcome {
        let outcome = AppendOutcome()
        log.append([NewLogEntry(lane: Self.lane, timestamp: generation, payload: payload)]) { [self] result in
            // Before the outcome is told: a snapshot that is begun later must know of it.
            if case .failure = result { failures.add(1, ordering: .sequentiallyConsistent) }
            outcome.resolve(result)
        }
        return outcome
    }

    // MARK: Snapshots

    /// Whether a snapshot was asked for, or is being written.
    var isSnapshotPending: Bool { state.withLock { $0.isSnapshotAsked || $0.isWritingSnapshot } }

    private func isSnapshotDue(_ state: borrowing State) -> Bool {
        guard !state.isWritingSnapshot, !state.isSnapshotAsked else { return false }
        // As long as a snapshot would be, about: then events and snapshots take the same room.
        return state.bytesSinceSnapshot >= max(snapshotInterval, state.machine.tracked.count * 12)
    }

    private func writeSnapshotInBackground() {
        Task { await self.writeSnapshot() }
    }

    /// Writes the whole state, and drops what the log had before. One that fails is tried again later.
    func writeSnapshot() async { await snapshots.withGate { [self] in await writeSnapshotAlone() } }

    private func writeSnapshotAlone() async {
        // The copy shares its pages with the state until either changes.
        let begun = state.withLock { state -> (QueueStateMachine.Image, Int64, AppendOutcome, Int)? in
            state.isSnapshotAsked = false
            let failed = failures.load(ordering: .sequentiallyConsistent)
            // What was not written and not yet taken back must not get into a snapshot.
            guard !state.isWritingSnapshot, !state.isClosed, failed == state.settledFailures else { return nil }
            state.isWritingSnapshot = true
            state.generation += 1
            state.bytesSinceSnapshot = 0
            let begin = append(
                ByteBuffer(bytes: [QueueFormat.Kind.snapshotBegin.rawValue, QueueFormat.version]),
                state.generation
            )
            return (state.machine.image, state.generation, begin, failed)
        }
        guard let (image, generation, begin, failed) = begun else { return }
        defer { state.withLock { $0.isWritingSnapshot = false } }
        do throws(LogError) {
            try await begin.value()
            // Events that were handed over before, and are in the copy, have reached the disk by now, or failed.
            guard failures.load(ordering: .sequentiallyConsistent) == failed else { return }
            var writer = QueueSnapshotWriter(image)
            while var bytes = writer.next() {
                while let part = bytes.readSlice(length: min(Self.partSize, bytes.readableBytes)),
                    part.readableBytes > 0
                {
                    let prefix = ByteBuffer(bytes: [QueueFormat.Kind.snapshotPart.rawValue])
                    let entry = NewLogEntry(lane: Self.lane, timestamp: generation, prefixSize: 1, payload: part)
                    _ = try await log.append([entry], prefixes: prefix)
                }
            }
            let end = ByteBuffer(bytes: [QueueFormat.Kind.snapshotEnd.rawValue])
            _ = try await log.append([NewLogEntry(lane: Self.lane, timestamp: generation, payload: end)])
            // A copy that was begun before this snapshot needs the one before.
            if state.withLock({ $0.holdCount == 0 }) { try await log.trim(before: generation) }
        } catch {
            if begin.hasFailed { state.withLock { $0.settledFailures += 1 } }
            if error.code != .closed {
                logger.warning("the state of a queue could not be written", metadata: ["error.message": "\(error)"])
            }
        }
    }
}
