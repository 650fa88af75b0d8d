import NIOCore
import Synchronization
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// Backups while writers put, shards are split and merged, streams are made and deleted, keys change and retention goes on.
@Suite(.timeLimit(.minutes(10))) struct BackupUnderLoadTests {
    private static let writers = 4
    private static let backups = 6

    /// How many records of each writer were acknowledged; its records are numbered.
    private final class Ledger: Sendable {
        private let counts = Mutex([Int](repeating: 0, count: writers))
        private let over = Atomic(false)

        var acknowledged: [Int] { counts.withLock(\.self) }
        var isOver: Bool { over.load(ordering: .acquiring) }

        func acknowledge(_ writer: Int, _ count: Int) { counts.withLock { $0[writer] = count } }
        func end() { over.store(true, ordering: .releasing) }
    }

    @Test func everythingAcknowledgedBeforeIsInTheCopyInOrderAndOnce() async throws {
        try await withTemporaryPath { path in
            let ledger = Ledger()
            let least = try await BackupTests.withRegions(path, time: SystemTime()) { folder, streams in
                let stream = try await streams.makeStream(shards: 2)
                _ = try await streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/0"))
                // Something to copy, so that a copy takes a while.
                let text = String(repeating: "x", count: 1000)
                for _ in 0..<20 { try await streams.put([String](repeating: text, count: 100), key: "old", of: stream) }
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<Self.writers {
                        group.addTask { try await Self.write(writer, to: streams, ledger) }
                    }
                    group.addTask { try await Self.reshard(streams, ledger) }
                    group.addTask { try await Self.makeAndDelete(streams, ledger) }
                    // Where a backup fails, the others must not go on for ever.
                    defer { ledger.end() }
                    var least: [[Int]] = []
                    for round in 0..<Self.backups {
                        least.append(ledger.acknowledged)
                        let report = try await folder.backUp(to: "\(path)-\(round)")
                        #expect(report.recordCount >= 2000 + least[round].reduce(0, +))
                        #expect(report.byteCount > 2_000_000)
                    }
                    ledger.end()
                    try await group.waitForAll()
                    return least
                }
            }
            #expect(least.last?.allSatisfy { $0 > 0 } == true)
            for (round, least) in least.enumerated() { try await Self.check("\(path)-\(round)", least) }
        }
    }

    private static func write(_ writer: Int, to streams: any StreamStore, _ ledger: Ledger) async throws {
        let key = "writer \(writer)"
        var count = 0
        while !ledger.isOver {
            let stream = try await streams.stream(name: "flights")
            let shard = try #require(stream.openShard(for: HashKey(partitionKey: key)))
            let record = NewRecord(shard: shard.id, partitionKey: key, data: ByteBuffer(string: "\(count)"))
            guard (try? await streams.append([record], stream: stream)[0].number()) != nil else { continue }
            count += 1
            ledger.acknowledge(writer, count)
        }
    }

    /// Splits the first shard and merges its halves again; between them the key of the records changes.
    private static func reshard(_ streams: any StreamStore, _ ledger: Ledger) async throws {
        var round = 0
        while !ledger.isOver {
            let first = try #require(try await streams.stream(name: "flights").openShardsByHashKey.first)
            let range = first.hashKeyRange
            let middle = HashKey(range.starting.value + (range.ending.value - range.starting.value) / 2)
            try await streams.splitShard(stream: "flights", shard: first.id, newStartingHashKey: middle)
            round += 1
            // So often a day it may.
            if round <= 20 {
                _ = try await streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/\(round)"))
            }
            let open = try await streams.stream(name: "flights").openShardsByHashKey
            try await streams.mergeShards(stream: "flights", shard: open[0].id, adjacent: open[1].id)
            try await streams.enforceRetention()
        }
    }

    private static func makeAndDelete(_ streams: any StreamStore, _ ledger: Ledger) async throws {
        while !ledger.isOver {
            let stream = try await streams.makeStream("short-lived")
            try await streams.put(["one"], of: stream)
            try await streams.deleteStream(name: "short-lived", deletingConsumers: true)
        }
    }

    private static func check(_ copy: String, _ least: [Int]) async throws {
        for log in try DataFolder.storedLogs(in: copy) {
            #expect(try LogInspector(directory: log.directory).inspect().flatMap(\.damages).isEmpty)
        }
        try await BackupTests.withRegions(copy, time: SystemTime()) { _, streams in
            let stream = try await streams.stream(name: "flights")
            var seen: [String: [Int]] = [:]
            for shard in stream.shards {
                let read = try await streams.read(
                    from: streams.position(.trimHorizon, shard: shard.id, stream: stream),
                    shard: shard.id,
                    stream: stream,
                    maximumCount: 1_000_000,
                    maximumBytes: 1 << 30
                )
                #expect((read.next == nil) == !shard.isOpen)
                for record in read.records where record.partitionKey != "old" {
                    seen[record.partitionKey, default: []].append(try #require(Int(String(buffer: record.data))))
                }
            }
            for (writer, count) in least.enumerated() {
                let records = seen["writer \(writer)", default: []]
                #expect(records == Array(0..<records.count), "in order, each once")
                #expect(records.count >= count)
            }
            // It is a data folder like any other.
            let open = try #require(stream.openShardsByHashKey.first)
            try await streams.put(["after"], shard: open.id.number, of: stream)
            try await streams.splitShard(
                stream: "flights",
                shard: open.id,
                newStartingHashKey: HashKey(open.hashKeyRange.starting.value + 1000)
            )
        }
    }
}
