import Logging
import NIOCore
import NIOPosix
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// Each test copies the folder as it is on disk in the middle of something, and opens the copy.
@Suite struct CrashTests {
    /// Runs `body` with the parts of an open data folder, to stop between the steps of a change.
    func withParts(
        _ path: String,
        _ body: (Catalogue, StreamLogs, LiveStream) async throws -> Void
    ) async throws {
        let time = ManualTime()
        try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
            let stream = try await folder.streams.makeStream(shards: 2)
            try await folder.streams.put(["a", "b"], of: stream)
        }
        let catalogue = try Catalogue.open(path: "\(path)/catalogue.sqlite", folder: path, secretKey: [])
        let writers = LogWriterPool(threads: 1)
        let logs = StreamLogs(
            directory: "\(path)/streams",
            writers: writers,
            threads: .singleton,
            fileSystem: SystemFileSystem(),
            options: LogOptions(),
            logger: quiet
        )
        let stream = try #require(try await catalogue.streams().streams.first)
        let errors = StreamErrors(accountID: "000000000000", region: "us-east-1")
        let log = try await logs.open(stream: stream.description.id)
        let masters = try MasterKeys(
            configured: nil,
            names: DataFolderNames(path: path),
            fileSystem: SystemFileSystem(),
            logger: quiet
        )
        let vaults = try await StreamVaults.open(catalogue: catalogue, masters: masters, folder: path, time: time)
        let vault = vaults.vault(of: stream.description)
        let live = LiveStream(
            stream,
            log: log,
            vault: vault,
            errors: errors,
            damagedRecords: DamagedRecords(logger: quiet),
            time: time
        )
        try await body(catalogue, logs, live)
        await log.close()
        await writers.shutdown()
        try catalogue.close()
    }

    func withCopy(_ path: String, _ body: (DataFolder, StreamDescription) async throws -> Void) async throws {
        let copy = "\(path)-copy"
        try SystemFileSystem().removeTree(copy)
        try copyTree(path, to: copy)
        try await DataFolder.withDataFolder(path: copy, time: ManualTime(), logger: quiet) { folder in
            try await body(folder, try await folder.streams.stream(name: "flights"))
        }
    }

    @Test func whatWasAcknowledgedIsThereWithoutClosing() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let streams = folder.streams
                let stream = try await streams.makeStream()
                for number in 0..<20 {
                    try await streams.put(["\(number)"], of: stream)
                    try await withCopy(path) { copy, again in
                        let texts = try await copy.streams.readAll(of: again).texts
                        #expect(texts == (0...number).map(String.init))
                    }
                }
            }
        }
    }

    @Test func aReshardHappenedOrDidNot() async throws {
        try await withTemporaryPath { path in
            try await withParts(path) { catalogue, _, live in
                let before = live.description
                let (plan, _) = try live.beginReshard { (stream, _) throws(ServiceError) in
                    try .merge(stream, shard: ShardID(0), adjacent: ShardID(1), errors: live.errors)
                }
                let outcome = try await live.outcome(of: plan)
                try await withCopy(path) { folder, stream in
                    #expect(stream.shards == before.shards)
                    try await folder.streams.put(["c"], of: stream)
                    #expect(try await folder.streams.readAll(of: stream) == (["a", "b", "c"], false))
                }
                try await catalogue.apply(outcome, stream: live.id)
                try await withCopy(path) { folder, stream in
                    live.finishReshard(outcome)
                    #expect(stream.shards == live.description.shards)
                    #expect(try await folder.streams.readAll(of: stream) == (["a", "b"], true))
                    try await folder.streams.put(["c"], shard: 2, of: stream)
                    #expect(try await folder.streams.readAll(shard: 2, of: stream) == (["c"], false))
                }
            }
        }
    }

    @Test func aChangeOfTheShardCountHappenedOrDidNot() async throws {
        try await withTemporaryPath { path in
            try await withParts(path) { catalogue, _, live in
                let before = live.description
                let (plan, _) = try live.beginReshard { (stream, _) in .uniform(stream, shardCount: 3) }
                let outcome = try await live.outcome(of: plan)
                try await withCopy(path) { folder, stream in
                    #expect(stream.shards == before.shards)
                    try await folder.streams.put(["c"], of: stream)
                }
                try await catalogue.apply(outcome, stream: live.id)
                try await withCopy(path) { folder, stream in
                    live.finishReshard(outcome)
                    #expect(stream.shards == live.description.shards)
                    #expect(stream.openShardsByHashKey.map(\.hashKeyRange) == HashKeyRange.uniform(count: 3))
                    #expect(stream.shards.count > 5)
                    let read = try await folder.streams.readAll(of: stream)
                    #expect(read == (["a", "b"], true))
                }
            }
        }
    }

    @Test func anAppendDuringAReshardWaitsForItsEnd() async throws {
        try await withTemporaryPath { path in
            try await withParts(path) { catalogue, _, live in
                let (plan, _) = try live.beginReshard { (stream, _) throws(ServiceError) in
                    try .merge(stream, shard: ShardID(0), adjacent: ShardID(1), errors: live.errors)
                }
                let outcome = try await live.outcome(of: plan)
                let record = NewRecord(shard: ShardID(1), partitionKey: "k", data: ByteBuffer(string: "late"))
                async let late = live.append([record])
                while live.waitingAppendCount == 0 { await Task.yield() }
                try await catalogue.apply(outcome, stream: live.id)
                live.finishReshard(outcome)
                let results = try await late
                #expect(throws: ShardWasClosed.self) { try results[0].number() }
            }
        }
    }

    @Test func anAppendBehindAnAbandonedReshardIsTaken() async throws {
        try await withTemporaryPath { path in
            try await withParts(path) { _, _, live in
                let (plan, _) = try live.beginReshard { (stream, _) throws(ServiceError) in
                    try .merge(stream, shard: ShardID(0), adjacent: ShardID(1), errors: live.errors)
                }
                _ = try await live.outcome(of: plan)
                let record = NewRecord(shard: ShardID(1), partitionKey: "k", data: ByteBuffer(string: "late"))
                async let late = live.append([record])
                while live.waitingAppendCount == 0 { await Task.yield() }
                live.abandonReshard()
                #expect(try await late.map { try $0.number().shard } == [1])
            }
        }
    }

    @Test func aCreationThatDidNotReachItsRowLeavesNothing() async throws {
        try await withTemporaryPath { path in
            try await withParts(path) { _, logs, _ in
                let log = try await logs.open(stream: 2)
                _ = try await log.append([NewLogEntry(lane: 0, timestamp: 1, payload: ByteBuffer(string: "x"))])
                await log.close()
                try SystemFileSystem().makeDirectory("\(path)/streams/not-ours")
                try await withCopy(path) { folder, stream in
                    let files = SystemFileSystem()
                    #expect(try files.list("\(path)-copy/streams") == ["1", "not-ours"])
                    #expect(try await folder.streams.streamNames(after: nil, limit: 9) == ["flights"])
                    let other = try await folder.streams.makeStream("other")
                    #expect(other.id == 2)
                    #expect(try await folder.streams.readAll(of: other).texts == [])
                }
            }
        }
    }

    @Test func aDeletionThatReachedItsRowIsCompleted() async throws {
        try await withTemporaryPath { path in
            try await withParts(path) { catalogue, _, live in
                try await catalogue.deleteStream(id: live.id)
                let copy = "\(path)-copy"
                try copyTree(path, to: copy)
                try await DataFolder.withDataFolder(path: copy, time: ManualTime(), logger: quiet) { folder in
                    #expect(try await folder.streams.streamNames(after: nil, limit: 9) == [])
                    #expect(try SystemFileSystem().list("\(copy)/streams") == [])
                    let again = try await folder.streams.makeStream()
                    #expect(again.id > live.id)
                    #expect(again.createdAt > live.description.createdAt)
                }
            }
        }
    }

    @Test func aStreamIsDeletedUnderReadersAndWriters() async throws {
        try await withNewFolder(time: SystemTime()) { folder in
            let streams = folder.streams
            for _ in 0..<5 {
                let stream = try await streams.makeStream(shards: 2)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for shard in [0, 1] as [UInt32] {
                        group.addTask {
                            while true {
                                do {
                                    try await streams.put(["x"], shard: shard, of: stream)
                                } catch let error as ServiceError {
                                    #expect(error.code == .resourceNotFound)
                                    return
                                }
                            }
                        }
                        group.addTask {
                            while true {
                                do {
                                    _ = try await streams.readAll(shard: shard, of: stream)
                                } catch let error as ServiceError {
                                    #expect(error.code == .resourceNotFound)
                                    return
                                }
                            }
                        }
                    }
                    group.addTask {
                        while try await streams.readAll(of: stream).texts.count < 3 { await Task.yield() }
                        try await streams.deleteStream(name: "flights")
                        let again = try await streams.makeStream()
                        try await streams.put(["new"], of: again)
                        #expect(try await streams.readAll(of: again).texts == ["new"])
                        try await streams.deleteStream(name: "flights")
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
