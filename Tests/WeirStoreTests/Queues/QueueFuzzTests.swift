import NIOCore
import NIOPosix
import Testing
import WeirLog
import WeirLogSimulation
import WeirModel
import WeirRuntime

@testable import WeirStore

/// What becomes of a queue's log whose bytes are not those that were written: never a crash, and never a state that was not.
@Suite struct QueueFuzzTests {
    /// A queue in use, from a seed: the payloads of its log, and the snapshot of its state after each.
    private struct Course {
        var machine: QueueStateMachine
        var random: SeededRandom
        var time: Int64 = 1_720_000_000_000
        var next: UInt64 = 1

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
            machine = QueueStateMachine(
                unread: [0: UnreadRanges(from: 1), 3: UnreadRanges(from: 1)],
                maximumReceiveCount: 2,
                at: time
            )
        }

        /// The next change.
        mutating func change() -> (entry: QueueEntry?, undo: QueueUndo) {
            time += Int64(random.below(40))
            switch random.below(8) {
            case 0..<3: return receive(.records)
            case 3: return receive(.deadLetters)
            case 4..<6:
                let (entry, undo, _) = machine.acknowledge(receipts(3), at: time)
                return (entry, undo)
            case 6:
                let changes = receipts(2).map { ($0, Int64(random.below(100))) }
                let (entry, undo, _) = machine.changeVisibility(changes, at: time)
                return (entry, undo)
            default:
                let (entry, undo, _) = machine.restore(receipts(3), at: time)
                return (entry, undo)
            }
        }

        private mutating func receive(_ path: QueuePath) -> (QueueEntry?, QueueUndo) {
            var candidates = machine.takeVisible(path, maximumCount: 3, at: time).map {
                QueueStateMachine.Candidate(index: $0.index, shard: $0.shard, isRedelivery: true)
            }
            var consumed: [QueueEvent.Consumed] = []
            if path == .records {
                let shard: UInt32 = random.once(in: 2) ? 0 : 3
                candidates += (next..<next + 4).map { .init(index: $0, shard: shard, isRedelivery: false) }
                next += 4
                consumed = [.init(shard: shard, range: 1..<next)]
            }
            let visibility = Int64(random.below(60))
            let received = machine.receive(path, candidates, consumed: consumed, visibility: visibility, at: time)
            return (received?.entry, received?.undo ?? .nothing)
        }

        private mutating func receipts(_ count: Int) -> [QueueReceipt] {
            var known: [QueueReceipt] = []
            machine.tracked.forEach { record in
                known.append(
                    .init(index: record.index, delivery: record.delivery, isDeadLetter: record.isDeadLetter)
                )
            }
            guard !known.isEmpty else { return [] }
            return (0..<count).map { _ in known[random.below(known.count)] }
        }

        /// The payloads of a log with a snapshot in its middle.
        mutating func log() -> [ByteBuffer] {
            var log: [ByteBuffer] = []
            for part in 0..<2 {
                log += [
                    ByteBuffer(bytes: [QueueFormat.Kind.snapshotBegin.rawValue, QueueFormat.version]),
                    ByteBuffer(
                        bytes: [QueueFormat.Kind.snapshotPart.rawValue]
                            + Array(machine.image.snapshot.readableBytesView)
                    ),
                ]
                if part == 1 { for _ in 0..<3 { if let entry = change().entry { log.append(entry.payload) } } }
                log.append(ByteBuffer(bytes: [QueueFormat.Kind.snapshotEnd.rawValue]))
                for _ in 0..<20 { if let entry = change().entry { log.append(entry.payload) } }
            }
            return log
        }
    }

    @Test func aNumberOfMoreThanSixtyFourBitsIsDamaged() throws {
        var greatest = ByteBuffer(bytes: [UInt8](repeating: 0xFF, count: 9) + [1])
        #expect(try greatest.readNumber() == .max)
        var greater = ByteBuffer(bytes: [UInt8](repeating: 0xFF, count: 9) + [2])
        #expect(throws: QueueFormatError.self) { try greater.readNumber() }
    }

    /// Whatever the payloads say, they are refused, or give a state with which a queue can work.
    @Test(arguments: 0..<4 as Range<UInt64>) func payloadsThatWereChangedAreRefusedOrGiveAState(part: UInt64) {
        var (refused, read) = (0, 0)
        for seed in part * 500..<(part + 1) * 500 {
            var course = Course(seed: seed)
            var log = course.log()
            for _ in 0...course.random.below(3) { Self.spoil(&log, &course.random) }
            var recovery = QueueRecovery()
            do throws(QueueFormatError) {
                for payload in log { try recovery.take(payload, generation: 1) }
            } catch {
                refused += 1
            }
            guard var machine = recovery.machine else { continue }
            read += 1
            Self.use(&machine, &course.random)
        }
        #expect(refused > 50 && read > 50)
    }

    private static func spoil(_ log: inout [ByteBuffer], _ random: inout SeededRandom) {
        // One time in four the first snapshot, which most of the state comes from.
        let place = random.once(in: 4) ? 1 : random.below(log.count)
        var bytes = Array(log[place].readableBytesView)
        switch random.below(6) {
        case 0: bytes.removeLast(1 + random.below(bytes.count))
        case 1: bytes += (0...random.below(8)).map { _ in UInt8(random.below(256)) }
        case 2: bytes[random.below(bytes.count)] = 0xFF
        case 3:
            // A number that is as great as can be.
            let at = random.below(bytes.count)
            let greatest: [UInt8] = random.once(in: 2) ? [0xFF, 1] : [0x7F]
            bytes.replaceSubrange(at..<at + 1, with: [UInt8](repeating: 0xFF, count: 8) + greatest)
        default: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        }
        log[place] = ByteBuffer(bytes: bytes)
        if random.once(in: 10) { log.remove(at: random.below(log.count)) }
        if random.once(in: 10) { log.swapAt(random.below(log.count), random.below(log.count)) }
    }

    /// Does everything with a state that a queue does.
    private static func use(_ machine: inout QueueStateMachine, _ random: inout SeededRandom) {
        for step: Int64 in [0, 1000, 1 << 40] {
            let now = machine.time + step
            machine.settle(at: now)
            for path in [QueuePath.records, .deadLetters] {
                let visible = machine.takeVisible(path, maximumCount: 5, at: now)
                let candidates = visible.map {
                    QueueStateMachine.Candidate(index: $0.index, shard: $0.shard, isRedelivery: true)
                }
                guard
                    let given = machine.receive(path, candidates, visibility: 43_200_000, at: now)?.records,
                    !given.isEmpty
                else { continue }
                let receipts = given.map {
                    QueueReceipt(index: $0.index, delivery: $0.delivery, isDeadLetter: path == .deadLetters)
                }
                #expect(machine.changeVisibility(receipts.map { ($0, 10) }, at: now).isDone.allSatisfy { $0 })
                _ = machine.restore(Array(receipts.prefix(1)), at: now)
                _ = machine.acknowledge(receipts, at: now)
            }
            _ = machine.nextVisibleAt()
            _ = machine.configure(maximumReceiveCount: 1 + random.below(3), at: now)
        }
        // What it writes can be read, unless its time is beyond what can be kept.
        let snapshot = machine.image.snapshot
        guard TrackedRecord.times.contains(machine.time) else { return }
        let again = try? QueueStateMachine(snapshot: snapshot)
        #expect(again?.image.snapshot == snapshot)
        _ = machine.trim(below: machine.tracked.first.map { $0.index &+ 1 } ?? 1, at: machine.time)
        _ = machine.keep(shards: [0], at: machine.time)
    }

    /// Files whose bits are turned over, or which end early: the state is one that was, or the error says what is damaged.
    @Test(arguments: 0..<3 as Range<UInt64>) func filesThatWereChangedGiveAnErrorOrAStateThatWas(part: UInt64)
        async throws
    {
        try await withTemporaryPath { path in
            let pool = LogWriterPool(threads: 1)
            let result: Result<Void, any Error>
            do { result = .success(try await spoilFiles(path, part, pool)) } catch { result = .failure(error) }
            await pool.shutdown()
            try result.get()
        }
    }

    private func open(_ directory: String, _ pool: LogWriterPool) throws -> Log {
        var options = LogOptions()
        options.segmentSizeInBytes = 4096 + 1500
        options.minimumExtensionSizeInBytes = 256
        return try Log.open(directory: directory, pool: pool, options: options, logger: quiet)
    }

    private func spoilFiles(_ path: String, _ part: UInt64, _ pool: LogWriterPool) async throws {
        let whole = "\(path)/whole"
        try SystemFileSystem().makeDirectory(path)
        var course = Course(seed: part)
        let journal = try await QueueJournal.make(
            log: try open(whole, pool),
            machine: course.machine,
            snapshotInterval: .max,
            logger: quiet
        )
        var states: Set<ByteBuffer> = [course.machine.image.snapshot]
        for step in 0..<60 {
            _ = try await journal.perform { machine in
                course.machine = machine
                let (entry, undo) = course.change()
                machine = course.machine
                return (entry, undo, ())
            }
            if step == 30 { await journal.writeSnapshot() }
            states.insert(journal.withMachine { $0.image.snapshot })
        }
        await journal.close()
        var (refused, read) = (0, 0)
        for number in 0..<60 {
            let copy = "\(path)/\(number)"
            try copyTree(whole, to: copy)
            try Self.spoilFile(in: copy, &course.random)
            let report = try StoredQueueLog(queueID: 1, directory: copy).inspect()
            do throws(LogError) {
                let found = try await recover(copy, pool)
                #expect(states.contains(found), "copy \(number)")
                read += 1
            } catch {
                #expect(error.code == .corrupt || error.code == .unsupportedFormat, "\(error)")
                #expect(error.message.contains(copy) || error.message.contains("its log"), "\(error)")
                #expect(report.damage != nil || !report.segments.allSatisfy(\.damages.isEmpty), "copy \(number)")
                refused += 1
            }
            try SystemFileSystem().removeTree(copy)
        }
        #expect(refused > 5 && read > 5)
    }

    private func recover(_ directory: String, _ pool: LogWriterPool) async throws(LogError) -> ByteBuffer {
        let log: Log
        do { log = try open(directory, pool) } catch let error as LogError { throw error } catch {
            throw LogError(.io, "\(error)", cause: error)
        }
        do throws(LogError) {
            let recovered = try await QueueJournal.recover(log: log, snapshotInterval: .max, logger: quiet)
            guard let journal = recovered else { throw LogError(.corrupt, "the queue has delivered nothing") }
            let snapshot = journal.withMachine { $0.image.snapshot }
            await log.close()
            return snapshot
        } catch {
            await log.close()
            throw error
        }
    }

    private static func spoilFile(in directory: String, _ random: inout SeededRandom) throws {
        let files = SystemFileSystem()
        let names = try files.list(directory).filter { $0.hasSuffix(".segment") }.sorted()
        let file = try files.open("\(directory)/\(names[random.below(names.count)])", .readWrite)
        let size = Int(try file.size())
        if random.once(in: 4) { return try file.truncate(to: Int64(random.below(size))) }
        for _ in 0...random.below(3) {
            // Mostly where the frames are, behind the header's page.
            let first = random.once(in: 5) ? 0 : min(4096, size - 1)
            let offset = Int64(first + random.below(size - first))
            var bytes = ByteBuffer()
            _ = try file.read(1, at: offset, into: &bytes)
            let changed = [(bytes.readInteger(as: UInt8.self) ?? 0) ^ (1 << UInt8(random.below(8)))]
            try changed.withUnsafeBytes { try file.write($0, at: offset) }
        }
    }
}
