import NIOCore
import Testing
import WeirModel

@testable import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a queue with very many records in flight takes: 100 bytes a record at most, whatever was done to them, and next to
/// nothing once they are acknowledged.
///
/// As many records as a debug build is quick with, or `WEIR_QUEUE_RECORDS`: `docs/TESTING.md`.
@Suite struct QueueMemoryTests {
    private static let count: UInt64 = {
        getenv("WEIR_QUEUE_RECORDS").flatMap { UInt64(String(cString: $0)) } ?? 100_000
    }()
    private static let maximumBytesOfEach = 100

    /// Every third index of four shards was delivered, ten at a time, with times that differ.
    private func queue() -> QueueStateMachine {
        var machine = QueueStateMachine(unread: [:], maximumReceiveCount: 6, at: 0)
        for start in stride(from: 1, to: 3 * Self.count, by: 30) {
            let candidates = (0..<10 as Range<UInt64>).map { place in
                QueueStateMachine.Candidate(index: start + place * 3, shard: UInt32(place % 4), isRedelivery: false)
            }
            let consumed = (0..<4 as Range<UInt32>).map { QueueEvent.Consumed(shard: $0, range: 0..<start + 30) }
            _ = machine.receive(.records, candidates, consumed: consumed, visibility: Int64(start % 977 + 1), at: 0)
        }
        return machine
    }

    private func expectSmall(_ machine: borrowing QueueStateMachine, _ comment: Comment) {
        let (bytes, count) = (machine.byteCount, machine.tracked.count)
        #expect(bytes <= Self.maximumBytesOfEach * count, "\(comment): \(bytes) bytes for \(count) records")
    }

    /// The receipts of all tracked records, in their order.
    private func receipts(_ machine: borrowing QueueStateMachine) -> [QueueReceipt] {
        var receipts: [QueueReceipt] = []
        machine.tracked.forEach { record in
            receipts.append(.init(index: record.index, delivery: record.delivery, isDeadLetter: record.isDeadLetter))
        }
        return receipts
    }

    private func acknowledge(_ receipts: [QueueReceipt], _ machine: inout QueueStateMachine) {
        for start in stride(from: 0, to: receipts.count, by: 10) {
            _ = machine.acknowledge(Array(receipts[start..<min(start + 10, receipts.count)]), at: 0)
        }
    }

    @Test func recordsInFlightTakeLessThanAHundredBytesEach() {
        let before = residentBytes()
        var machine = queue()
        let after = residentBytes()
        #expect(machine.tracked.count == Int(Self.count))
        expectSmall(machine, "delivered")
        // Alone, the whole process tells the same.
        if Self.count >= 1_000_000, let before, let after {
            let bytes = after - before
            print("\(bytes) bytes of memory for \(Self.count) records; \(machine.byteCount) by our own count")
            #expect(bytes <= Self.maximumBytesOfEach * Int(Self.count))
        }
        // The worst that can be made of the pages: each a record above the half, so that no two are put together.
        let all = receipts(machine)
        let half = TrackedRecords.pageSize / 2 + 1
        let gone = all.enumerated().filter { $0.offset % TrackedRecords.pageSize >= half }.map(\.element)
        acknowledge(gone.shuffled(), &machine)
        expectSmall(machine, "half acknowledged")
        // The worst of the alarms: each record has a second one, now and then.
        for (round, receipt) in receipts(machine).enumerated() {
            _ = machine.changeVisibility([(receipt, Int64(2000 + round % 100))], at: 0)
            if round % 10_000 == 0 { expectSmall(machine, "extended") }
        }
        expectSmall(machine, "extended")
        for time in stride(from: Int64(2000), through: 2100, by: 10) {
            machine.settle(at: time)
            expectSmall(machine, "visible by \(time)")
        }
        // All are received again, and become visible again.
        while true {
            let visible = machine.takeVisible(.records, maximumCount: 10, at: 2100)
            if visible.isEmpty { break }
            let candidates = visible.map {
                QueueStateMachine.Candidate(index: $0.index, shard: $0.shard, isRedelivery: true)
            }
            _ = machine.receive(.records, candidates, visibility: 100, at: 2100)
        }
        expectSmall(machine, "received again")
    }

    @Test func aLevelQueueTakesNextToNothing() {
        var machine = queue()
        acknowledge(receipts(machine).shuffled(), &machine)
        #expect(machine.tracked.isEmpty && machine.byteCount < 8192)
        #expect(machine.image.snapshot.readableBytes < 100)
    }

    @Test func aSnapshotIsSmallAndGivesTheSameState() throws {
        let machine = queue()
        let snapshot = machine.image.snapshot
        #expect(snapshot.readableBytes <= 16 * Int(Self.count))
        let read = try QueueStateMachine(snapshot: snapshot)
        #expect(read.tracked.count == machine.tracked.count && read.unread == machine.unread)
        #expect(read.image.snapshot == snapshot)
        expectSmall(read, "read")
    }

    /// Bytes of the process that are in memory; nil where that is not told.
    private func residentBytes() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 127, file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * Int(getpagesize()) }
    }
}
