import NIOCore
import Testing
import WeirModel

@testable import WeirStore

/// Writers put numbered records under keys of their own while a stream is split and merged.
@Suite struct ReshardUnderLoadTests {
    private static let writers = 6
    private static let reshards = 20

    @Test func noAcknowledgedRecordIsLostAndKeysKeepTheirOrder() async throws {
        try await withTemporaryPath { path in
            let acknowledged = try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                _ = try await folder.streams.makeStream(shards: 2)
                let isOver = Flag()
                let counts = try await withThrowingTaskGroup(of: (String, Int).self) { group in
                    for writer in 0..<Self.writers {
                        let key = "writer \(writer)"
                        group.addTask {
                            var count = 0
                            while !isOver.isSet || count < 50 {
                                try await Self.put(key, from: count, store: folder.streams)
                                count += 3
                            }
                            return (key, count)
                        }
                    }
                    for round in 0..<Self.reshards { try await Self.reshard(folder.streams, round: round) }
                    isOver.set()
                    return try await group.reduce(into: [String: Int]()) { $0[$1.0] = $1.1 }
                }
                try await Self.check(folder.streams, acknowledged: counts)
                return counts
            }
            // And again from disk.
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                try await Self.check(folder.streams, acknowledged: acknowledged)
            }
        }
    }

    /// Puts three records of a key in one call, as a client does: what a closed shard refused is mapped and put again.
    private static func put(_ key: String, from first: Int, store: EmbeddedStreamStore) async throws {
        var rest = Array(first..<first + 3)
        while !rest.isEmpty {
            let stream = try await store.stream(name: "flights")
            let shard = try #require(stream.openShard(for: HashKey(partitionKey: key)))
            let records = rest.map {
                NewRecord(shard: shard.id, partitionKey: key, data: ByteBuffer(string: "\($0)"))
            }
            let results = try await store.append(records, stream: stream)
            rest = zip(rest, results).filter { (try? $0.1.number()) == nil }.map(\.0)
        }
    }

    /// Splits the widest open shard in even rounds, and merges two neighbours in odd ones.
    private static func reshard(_ store: EmbeddedStreamStore, round: Int) async throws {
        let open = try await store.stream(name: "flights").openShardsByHashKey
        func width(_ range: HashKeyRange) -> UInt128 { range.ending.value - range.starting.value }
        if round.isMultiple(of: 2) {
            let widest = try #require(open.max { width($0.hashKeyRange) < width($1.hashKeyRange) })
            let key = HashKey(widest.hashKeyRange.starting.value + width(widest.hashKeyRange) / 2)
            try await store.splitShard(stream: "flights", shard: widest.id, newStartingHashKey: key)
        } else {
            let left = round % (open.count - 1)
            try await store.mergeShards(stream: "flights", shard: open[left].id, adjacent: open[left + 1].id)
        }
    }

    /// Reads parents before children and compares.
    private static func check(_ store: EmbeddedStreamStore, acknowledged: [String: Int]) async throws {
        let stream = try await store.stream(name: "flights")
        #expect(stream.shards.count > 2 + reshards)
        var seen: [String: [Int]] = [:]
        for shard in stream.shards {
            for id in [shard.parent, shard.adjacentParent].compactMap({ $0 }) {
                let ending = try #require(stream.shard(id)?.endingSequenceNumber)
                #expect(ending < shard.startingSequenceNumber)
            }
            let read = try await store.read(
                from: store.position(.trimHorizon, shard: shard.id, stream: stream),
                shard: shard.id,
                stream: stream,
                maximumCount: 1_000_000,
                maximumBytes: 1 << 30
            )
            #expect((read.next == nil) == !shard.isOpen)
            #expect(read.millisBehindLatest == 0)
            for record in read.records {
                seen[record.partitionKey, default: []].append(try #require(Int(String(buffer: record.data))))
                #expect(record.sequenceNumber >= shard.startingSequenceNumber)
                if let ending = shard.endingSequenceNumber { #expect(record.sequenceNumber < ending) }
            }
        }
        for (key, count) in acknowledged { #expect(seen[key] == Array(0..<count), "\(key)") }
    }
}
