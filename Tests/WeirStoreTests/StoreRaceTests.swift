import NIOCore
import Synchronization
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// Retention and deletion while everything else goes on.
@Suite struct StoreRaceTests {
    private static var configuration: DataFolder.Configuration {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 4096 + 1500
        configuration.log.minimumExtensionSizeInBytes = 256
        return configuration
    }

    // MARK: Retention

    private static let recordCount = 300
    private static let minutesBetweenRecords: Int64 = 30
    private static let retention = Int64(Limits.minimumRetentionHours) * 3_600_000

    /// When a record was put.
    private static func time(of number: Int) -> Int64 {
        ManualTime.start + Int64(number) * minutesBetweenRecords * 60_000
    }

    /// A reader never gets what has aged out, nor one record twice, and misses only what has aged out meanwhile.
    @Test func readersLoseOnlyWhatAgesOut() async throws {
        let time = ManualTime()
        try await withNewFolder(configuration: Self.configuration, time: time) { folder in
            let store = folder.streams
            let stream = try await store.makeStream()
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    for number in 0..<Self.recordCount {
                        try await store.put(["\(number)"], of: stream)
                        time.advance(milliseconds: Self.minutesBetweenRecords * 60_000)
                    }
                    isOver.set()
                    return 0
                }
                group.addTask {
                    while !isOver.isSet {
                        try await store.enforceRetention()
                        await Task.yield()
                    }
                    return 0
                }
                for step in [1, 3, 1000] {
                    group.addTask { try await Self.follow(stream, store, time, step, until: isOver) }
                }
                var count = 0
                for try await read in group { count += read }
                #expect(count > Self.recordCount, "the readers read")
            }
            // Retention went on while they read: most of the segments are gone.
            let kept = try await store.readAll(of: stream).texts.compactMap { Int($0) }
            #expect(kept == Array((kept.first ?? 0)..<Self.recordCount) && kept.count < 60)
        }
    }

    /// Reads to the tip, a few records at a time, and now and then from the beginning again. Gives how many it read.
    private static func follow(
        _ stream: StreamDescription,
        _ store: EmbeddedStreamStore,
        _ time: ManualTime,
        _ step: Int,
        until isOver: Flag
    ) async throws -> Int {
        var position = try await store.position(.trimHorizon, shard: ShardID(0), stream: stream)
        var expected = 0
        var count = 0
        while true {
            let wasOver = isOver.isSet
            let before = time.wallMilliseconds
            let read = try await store.read(
                from: position,
                shard: ShardID(0),
                stream: stream,
                maximumCount: step,
                maximumBytes: 1 << 20
            )
            let after = time.wallMilliseconds
            for record in read.records {
                let number = try #require(Int(String(buffer: record.data)))
                #expect(number >= expected, "\(number) again or out of order")
                #expect(Self.time(of: number) >= before - retention, "\(number) had aged out")
                if number > expected {
                    #expect(Self.time(of: number - 1) < after - retention, "\(expected)..<\(number) had not aged out")
                }
                expected = number + 1
            }
            count += read.records.count
            position = try #require(read.next)
            if wasOver, read.records.isEmpty, read.millisBehindLatest == 0 { return count }
            if count % 50 == 49 {
                position = try await store.position(.trimHorizon, shard: ShardID(0), stream: stream)
                expected = 0
                count += 1
            }
            await Task.yield()
        }
    }

    // MARK: Deletion

    private static let streamCount = 8

    /// What was acknowledged, by the stream's ID.
    private final class Acknowledged: Sendable {
        private let texts = Mutex<[Int64: Set<String>]>([:])

        func insert(_ text: String, of stream: Int64) { texts.withLock { _ = $0[stream, default: []].insert(text) } }
        func of(_ stream: Int64) -> Set<String> { texts.withLock { $0[stream] ?? [] } }
    }

    /// A stream is deleted and made anew under the same name, again and again, under everybody else.
    @Test func deletionRacesWithEverything() async throws {
        try await withTemporaryPath { path in
            let acknowledged = Acknowledged()
            try await DataFolder.withDataFolder(
                path: path,
                configuration: Self.configuration,
                time: SystemTime(),
                logger: quiet
            ) { folder in
                let store = folder.streams
                let (isOver, nobodyWaits) = (Flag(), Flag())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for user in 0..<6 {
                        group.addTask {
                            var round = 0
                            while !isOver.isSet {
                                round += 1
                                try await Self.use(store, user, round, acknowledged)
                                await Task.yield()
                            }
                            if user == 4 { nobodyWaits.set() }
                        }
                    }
                    for number in 0..<Self.streamCount {
                        try await store.createStream(name: "flights", shardCount: 2, tags: [:])
                        let id = try await store.stream(name: "flights").id
                        while acknowledged.of(id).count < 20 { await Task.yield() }
                        if number + 1 < Self.streamCount { try await store.deleteStream(name: "flights") }
                    }
                    isOver.set()
                    // Whoever waits for a record gets one.
                    while !nobodyWaits.isSet {
                        try await Self.use(store, 0, .random(in: 1_000_000...9_000_000), acknowledged)
                    }
                    try await group.waitForAll()
                }
            }
            try await DataFolder.withDataFolder(path: path, time: SystemTime(), logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                var found: [String] = []
                for shard in stream.shards {
                    found += try await folder.streams.readAll(shard: shard.id.number, of: stream).texts
                }
                #expect(Set(found).count == found.count)
                #expect(acknowledged.of(stream.id).isSubset(of: found))
                #expect(found.allSatisfy { $0.hasPrefix("\(stream.id) ") }, "of no other stream of that name")
                #expect(try SystemFileSystem().list("\(path)/streams") == ["\(stream.id)"])
            }
        }
    }

    /// One call or two on the stream, which may be gone at any moment.
    private static func use(
        _ store: EmbeddedStreamStore,
        _ user: Int,
        _ round: Int,
        _ acknowledged: Acknowledged
    ) async throws {
        do {
            let stream = try await store.stream(name: "flights")
            let open = stream.openShardsByHashKey
            switch user {
            case 0, 1:
                let text = "\(stream.id) \(user) \(round)"
                let shard = open[round % open.count].id
                let record = NewRecord(shard: shard, partitionKey: "k", data: ByteBuffer(string: text))
                if case .appended = try await store.append([record], stream: stream)[0] {
                    acknowledged.insert(text, of: stream.id)
                }
            case 2:
                for shard in stream.shards {
                    let texts = try await store.readAll(shard: shard.id.number, of: stream).texts
                    #expect(texts.allSatisfy { $0.hasPrefix("\(stream.id) ") }, "of no other stream of that name")
                }
            case 3:
                try await store.enforceRetention()
                try await store.setRetention(stream: "flights", hours: 24 + round % 2)
            case 4:
                let position = try await store.position(.latest, shard: open[0].id, stream: stream)
                try await store.waitForRecords(from: position, shard: open[0].id, stream: stream)
            default:
                if open.count < 4 {
                    let range = open[0].hashKeyRange
                    let middle = range.starting.value + (range.ending.value - range.starting.value) / 2
                    try await store.splitShard(
                        stream: "flights",
                        shard: open[0].id,
                        newStartingHashKey: HashKey(middle)
                    )
                } else {
                    try await store.mergeShards(stream: "flights", shard: open[0].id, adjacent: open[1].id)
                }
            }
        } catch let error as ServiceError {
            // Gone, being changed, or a shard of the stream before.
            let expected: [ServiceError.Code] = [.resourceNotFound, .resourceInUse, .invalidArgument, .limitExceeded]
            #expect(expected.contains(error.code), "\(error)")
        }
    }
}
