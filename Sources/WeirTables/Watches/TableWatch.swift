import NIOCore
import Synchronization
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// A watch of a table: the body of an answer to WatchTable. The shell of ``TableWatchStateMachine``.
///
/// Changes are read and written when the client has room for them, so that a slow client holds at most the message that is
/// being sent.
final class TableWatch: ReplyStream {
    /// What is watched.
    struct Source: Sendable {
        let store: any TableStore
        let time: any TimeSource
        let table: String
        /// Counts the messages.
        let replies: ReplyMemory
        /// How an error of the store is told.
        let tell: @Sendable (ServiceError) -> ServiceError
    }

    private let source: Source
    private let end: TableWatches.End
    private let leave: @Sendable () -> Void
    private let machine: Mutex<TableWatchStateMachine>

    /// A watch that has its place. `leave` gives the place up; it may be called more than once.
    init(
        _ source: Source,
        machine: TableWatchStateMachine,
        end: TableWatches.End,
        leave: @escaping @Sendable () -> Void
    ) {
        self.source = source
        self.end = end
        self.leave = leave
        self.machine = Mutex(machine)
    }

    deinit { leave() }

    var contentType: String { EventStreamMessage.contentType }

    func cancel() { end.end(.cancelled) }

    func next() async -> ReplyPiece? {
        var step = machine.withLock { $0.next(at: source.time.monotonicNanoseconds, ending: ending) }
        while true {
            switch step {
            case .message(let message):
                if case .exception = message { leave() }
                var body = ByteBuffer()
                message.write(to: &body)
                // Many watch a table, and what they are told is small: nobody waits for room.
                return ReplyPiece(body, allowance: source.replies.count(bytes: body.readableBytes))
            case .read(let cursor): step = await read(cursor)
            case .wait(let cursor, let nanoseconds): step = await wait(cursor, nanoseconds)
            case .finish:
                leave()
                return nil
            }
        }
    }

    private var ending: TableWatchEnding? { end.reason ?? (Task.isCancelled ? .cancelled : nil) }

    private func read(_ cursor: TableCursor) async -> TableWatchStateMachine.Step {
        do throws(ServiceError) {
            let changes = try await source.store.changes(of: source.table, after: cursor)
            return machine.withLock { $0.didRead(changes, at: source.time.monotonicNanoseconds) }
        } catch {
            return machine.withLock { $0.didFail(source.tell(error)) }
        }
    }

    /// Waits for a change, for the end of the watch, or for some time to pass, whatever comes first.
    private func wait(_ cursor: TableCursor, _ nanoseconds: UInt64) async -> TableWatchStateMachine.Step {
        let failure = await end.wait { [source] () async throws(ServiceError) in
            try await source.store.waitForChanges(of: source.table, after: cursor)
        } sleep: { [source] in
            try await source.time.sleep(for: .nanoseconds(Int64(clamping: nanoseconds)))
        }
        return machine.withLock { machine in
            if let failure { return machine.didFail(source.tell(failure)) }
            return machine.next(at: source.time.monotonicNanoseconds, ending: ending)
        }
    }
}

extension TableStore {
    /// The changes that one message of a watch tells of.
    func changes(of table: String, after cursor: TableCursor?) async throws(ServiceError) -> TableChanges {
        try await changes(
            of: table,
            after: cursor,
            maximumCount: Limits.maximumKeptChangeCount,
            maximumBytes: Limits.maximumKeptChangesSizeInBytes
        )
    }
}
