import Logging
import WeirLog
import WeirModel

extension EmbeddedQueueStore {
    /// Reads the state of a queue. One whose log is gone begins anew where it began when it was made: its records are delivered
    /// again, and none is lost. So does one that was being made so when the process ended.
    ///
    /// Throws ``LogError``, which names the queue where its state is damaged.
    static func openJournal(
        of queue: QueueDescription,
        on stream: LiveStream,
        _ logs: QueueLogs,
        _ logger: Logger
    ) async throws -> QueueJournal {
        do {
            let log = try await logs.open(queue: queue.id)
            do throws(LogError) {
                let known = try await QueueJournal.recover(
                    log: log,
                    snapshotInterval: QueueLogs.snapshotInterval,
                    logger: logger
                )
                if let known { return known }
                return try await makeAnew(queue, on: stream, log, logger)
            } catch {
                await log.close()
                throw error
            }
        } catch let error as LogError where error.code == .corrupt {
            throw LogError(
                .corrupt,
                """
                queue \(queue.name): \(error.message). Without the folder \(logs.directory(of: queue.id)) the queue begins \
                anew where it began when it was made
                """,
                cause: error,
                corruptIndex: error.corruptIndex
            )
        }
    }

    private static func makeAnew(
        _ queue: QueueDescription,
        on stream: LiveStream,
        _ log: Log,
        _ logger: Logger
    ) async throws(LogError) -> QueueJournal {
        logger.warning(
            "a queue has no state and begins anew",
            metadata: ["queue.name": "\(queue.name)", "stream.name": "\(stream.name)"]
        )
        let unread: [UInt32: UnreadRanges]
        do throws(ServiceError) {
            unread = try await Self.unread(.atTimestamp(queue.startsAt), stream)
        } catch {
            throw LogError(.io, error.message, cause: error)
        }
        return try await QueueJournal.make(
            log: log,
            machine: QueueStateMachine(
                unread: unread,
                maximumReceiveCount: queue.attributes.maximumReceiveCount,
                at: stream.now.millisecondsSinceEpoch
            ),
            snapshotInterval: QueueLogs.snapshotInterval,
            logger: logger
        )
    }
}
