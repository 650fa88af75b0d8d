import NIOCore
import Testing
import WeirLog
import WeirLogSimulation
import WeirModel
import WeirRuntime

@testable import WeirStore

/// When a queue's journal writes its whole state, and what its log has then.
@Suite struct QueueSnapshotTests {
    private static var options: LogOptions {
        var options = LogOptions()
        options.segmentSizeInBytes = 4096 + 2000
        options.minimumExtensionSizeInBytes = 256
        return options
    }

    private func withJournal(
        interval: Int,
        _ body: (MemoryDisk, LogWriterPool, QueueJournal) async throws -> Void
    ) async throws {
        let pool = LogWriterPool(threads: 1)
        let disk = MemoryDisk()
        let journal = try await QueueJournal.make(
            log: try open(disk, pool),
            machine: QueueStateMachine(unread: [:], maximumReceiveCount: nil, at: 0),
            snapshotInterval: interval,
            logger: quiet
        )
        let result: Result<Void, any Error>
        do { result = .success(try await body(disk, pool, journal)) } catch { result = .failure(error) }
        await journal.close()
        await pool.shutdown()
        try result.get()
    }

    private func open(_ disk: MemoryDisk, _ pool: LogWriterPool) throws -> Log {
        try Log.open(directory: "/queue", pool: pool, fileSystem: disk, options: Self.options, logger: quiet)
    }

    /// Delivers records.
    private func begin(
        _ indexes: Range<UInt64>,
        _ journal: QueueJournal
    ) -> QueueJournal.Change<[TrackedRecord]> {
        journal.begin { machine in
            let received = machine.receive(
                .records,
                indexes.map { .init(index: $0, shard: 0, isRedelivery: false) },
                consumed: [.init(shard: 0, range: 0..<indexes.upperBound)],
                visibility: 1000,
                at: 0
            )
            return (received?.entry, received?.undo ?? .nothing, received?.records ?? [])
        }
    }

    private func acknowledge(_ records: [TrackedRecord], _ journal: QueueJournal) async throws {
        let receipts = records.map { QueueReceipt(index: $0.index, delivery: $0.delivery, isDeadLetter: false) }
        _ = try await journal.perform { machine in
            let (entry, undo, isDone) = machine.acknowledge(receipts, at: 0)
            return (entry, undo, isDone)
        }
    }

    /// However many records come and go, the log has the size of what is in flight.
    @Test(.timeLimit(.minutes(1))) func theLogDoesNotGrow() async throws {
        try await withJournal(interval: 2000) { disk, pool, journal in
            var largest: Int64 = 0
            var written = 0
            for round in 0..<300 as Range<UInt64> {
                let records = try await journal.finish(begin(1 + round * 50..<51 + round * 50, journal))
                let event = QueueEvent.received(.init(records: records, consumed: []))
                written += QueueEntry(time: 0, event: event).payload.readableBytes
                try await acknowledge(records, journal)
                // Where the machine is busy with other things, the snapshot is late, and the log grows meanwhile.
                while journal.isSnapshotPending { await Task.yield() }
                if round % 20 == 0 { largest = max(largest, try size(disk)) }
            }
            // Some segments, and some that are kept for later.
            #expect(largest < 60_000 && written > 100_000, "\(largest) bytes, of \(written)")
            await journal.writeSnapshot()
            await journal.close()
            let log = try open(disk, pool)
            let read = try #require(
                try await QueueJournal.recover(log: log, snapshotInterval: 2000, logger: quiet)
            )
            let (tracked, unread) = read.withMachine { ($0.tracked, $0.unread[0]) }
            #expect(tracked.isEmpty && unread == UnreadRanges(from: 15_001))
            await read.close()
        }
    }

    private func size(_ disk: MemoryDisk) throws -> Int64 {
        var size: Int64 = 0
        for name in try disk.list("/queue") {
            // One that was dropped meanwhile has no size.
            size += (try? disk.open("/queue/\(name)", .read).size()) ?? 0
        }
        return size
    }

    /// Hundreds of changes may be handed over before the first of them is on disk.
    @Test func manyChangesAtOnceAskForOneSnapshot() async throws {
        try await withJournal(interval: 100) { _, _, journal in
            let changes = (1...300 as ClosedRange<UInt64>).map { begin($0..<$0 + 1, journal) }
            for change in changes { _ = try await journal.finish(change) }
            // Waits for those that were begun, and keeps others from being begun.
            await journal.close()
            let generation = try #require(journal.log.newestTimestamp(lane: QueueJournal.lane))
            // Mostly there are two or three: while one is written, another may be asked for. Were it asked for by each change,
            // there would be hundreds.
            #expect(generation <= 10)
        }
    }
}
