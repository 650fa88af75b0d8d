import NIOCore
import Testing
import WeirLog
import WeirLogSimulation
import WeirModel

@testable import WeirStore

/// A queue's journal on a simulated disk that is full now and then and loses power, with changes side by side.
@Suite struct QueueJournalTests {
    /// What must be true of a record.
    private enum Fate: Equatable {
        case unread
        case tracked(delivery: UInt32)
        case gone
    }

    /// A change of one record, and what is true of it when the change is told to be done.
    private struct Change: Sendable {
        var index: UInt64
        var receipt: QueueReceipt?
    }

    private static var options: LogOptions {
        var options = LogOptions()
        options.segmentSizeInBytes = 4096 + 2000
        options.minimumExtensionSizeInBytes = 256
        return options
    }

    private func open(_ disk: MemoryDisk, _ pool: LogWriterPool) throws -> Log {
        try Log.open(directory: "/queue", pool: pool, fileSystem: disk, options: Self.options, logger: quiet)
    }

    /// Delivers a record, or acknowledges its newest delivery.
    private static func perform(_ change: Change, _ journal: QueueJournal) async -> Bool {
        do throws(LogError) {
            return try await journal.perform { machine in
                if let receipt = change.receipt {
                    let (entry, undo, isDone) = machine.acknowledge([receipt], at: 0)
                    return (entry, undo, isDone[0])
                }
                let isTracked = machine.tracked[change.index] != nil
                let received = machine.receive(
                    .records,
                    [.init(index: change.index, shard: 0, isRedelivery: isTracked)],
                    consumed: isTracked ? [] : [.init(shard: 0, range: change.index..<change.index + 1)],
                    visibility: 0,
                    at: 0
                )
                return (received?.entry, received?.undo ?? .nothing, received?.records.isEmpty == false)
            }
        } catch {
            return false
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func whatWasAnsweredHoldsAndWhatFailedDidNotHappen(part: UInt64) async throws {
        let pool = LogWriterPool(threads: 1)
        var failures = 0
        for seed in part * 12..<(part + 1) * 12 {
            failures += try await runHistory(seed, pool)
        }
        await pool.shutdown()
        #expect(failures > 12)
    }

    private func runHistory(_ seed: UInt64, _ pool: LogWriterPool) async throws -> Int {
        var random = SeededRandom(seed: seed)
        let disk = MemoryDisk()
        disk.seed(seed)
        let count: UInt64 = 40
        var fates = Dictionary(uniqueKeysWithValues: (1...count).map { ($0, Fate.unread) })
        var failures = 0
        var journal = try await QueueJournal.make(
            log: try open(disk, pool),
            machine: QueueStateMachine(unread: [:], maximumReceiveCount: nil, at: 0),
            snapshotInterval: 300 + random.below(600),
            logger: quiet
        )
        for _ in 0..<4 {
            for _ in 0..<12 {
                if random.once(in: 3) {
                    disk.faults = .init(writes: random.below(2), bytesOfFailedWrite: random.below(200))
                }
                // Each record once, so that what is answered says what is true of it.
                var changes: [Change] = []
                for _ in 0..<6 {
                    let index = 1 + UInt64(random.below(Int(count)))
                    guard let fate = fates[index], fate != .gone, !changes.contains(where: { $0.index == index })
                    else { continue }
                    guard case .tracked(let delivery) = fate, random.once(in: 2) else {
                        changes.append(Change(index: index))
                        continue
                    }
                    let receipt = QueueReceipt(index: index, delivery: delivery, isDeadLetter: false)
                    changes.append(Change(index: index, receipt: receipt))
                }
                let done = await performAll(changes, journal)
                for change in changes {
                    guard done.contains(change.index) else {
                        failures += 1
                        continue
                    }
                    if change.receipt != nil {
                        fates[change.index] = .gone
                    } else if case .tracked(let delivery) = fates[change.index] {
                        fates[change.index] = .tracked(delivery: delivery + 1)
                    } else {
                        fates[change.index] = .tracked(delivery: 1)
                    }
                }
                disk.faults = .init()
            }
            try check(fates, journal, "seed \(seed), in memory")
            if random.once(in: 2) { await journal.writeSnapshot() }
            await journal.close()
            disk.crash(using: &random)
            let log = try open(disk, pool)
            let interval = 300 + random.below(600)
            journal = try #require(
                try await QueueJournal.recover(log: log, snapshotInterval: interval, logger: quiet)
            )
            try check(fates, journal, "seed \(seed), read again")
        }
        await journal.close()
        return failures
    }

    private func performAll(_ changes: [Change], _ journal: QueueJournal) async -> Set<UInt64> {
        await withTaskGroup(of: UInt64?.self) { group in
            for change in changes {
                group.addTask { await Self.perform(change, journal) ? change.index : nil }
            }
            return await group.reduce(into: []) { done, index in if let index { done.insert(index) } }
        }
    }

    private func check(_ fates: [UInt64: Fate], _ journal: QueueJournal, _ comment: Comment) throws {
        let (tracked, unread) = journal.withMachine { ($0.tracked, $0.unread[0] ?? UnreadRanges(from: 0)) }
        for (index, fate) in fates {
            let found: Fate =
                if let record = tracked[index] {
                    .tracked(delivery: record.delivery)
                } else {
                    unread.contains(index) ? .unread : .gone
                }
            #expect(found == fate, "\(comment): record \(index)")
        }
    }

    /// What an older program, or a damaged disk, wrote is refused or read, and never takes the process down.
    @Test func bytesThatAreNoEventAreRefused() {
        let record = TrackedRecord(
            index: 7,
            shard: 3,
            delivery: 2,
            receiveCount: 5,
            firstReceivedAt: 10,
            visibleAt: 20,
            isDeadLetter: true
        )
        let events: [QueueEvent] = [
            .received(
                .init(records: [record], consumed: [.init(shard: 3, range: 5..<8), .init(shard: 4, range: 9 ..< .max)])
            ),
            .acknowledged([1, .max]), .visibilityChanged([.init(index: 7, visibleAt: -5)]), .restored([7]),
            .trimmed(below: 9), .configured(maximumReceiveCount: nil), .configured(maximumReceiveCount: 3),
            .shardsForgotten([1, 2]),
        ]
        for event in events {
            let entry = QueueEntry(time: 1_720_000_000_000, event: event)
            let payload = entry.payload
            var bytes = payload
            bytes.moveReaderIndex(forwardBy: 1)
            #expect((try? QueueEntry(&bytes)) == entry)
            for length in 1..<payload.readableBytes - 1 {
                var part = payload.getSlice(at: payload.readerIndex + 1, length: length) ?? ByteBuffer()
                let read = try? QueueEntry(&part)
                #expect(read == nil)
            }
        }
    }
}
