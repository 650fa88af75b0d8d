import NIOCore
import Synchronization
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Copies of a data folder that is in use.
@Suite(.timeLimit(.minutes(5))) struct BackupTests {
    /// Small segments, so that a log has many.
    static var configuration: DataFolder.Configuration {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 16 << 10
        return configuration
    }

    func withRegions(
        _ path: String,
        fileSystem: any FileSystem = SystemFileSystem(),
        time: any TimeSource = ManualTime(),
        _ body: (RegionalDataFolder, any StreamStore) async throws -> Void
    ) async throws {
        let folder = try await RegionalDataFolder.open(
            path: path,
            configuration: Self.configuration,
            fileSystem: fileSystem,
            time: time,
            logger: quiet
        )
        do {
            try await body(folder, try await folder.stores(of: "us-east-1").streams)
        } catch {
            await folder.close()
            throw error
        }
        await folder.close()
    }

    @Test func everythingAcknowledgedBeforeIsThereInOrderUnderPutsSplitsAndDeletions() async throws {
        try await withTemporaryPath { path in
            try await withRegions(path) { folder, streams in
                let stream = try await streams.makeStream(shards: 2)
                _ = try await streams.makeStream("doomed")
                for number in 0..<300 {
                    let text = "\(number) " + String(repeating: "x", count: 200)
                    try await streams.put([text], shard: UInt32(number % 2), of: stream)
                }
                _ = try await streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/a"))
                try await streams.put(["secret"], shard: 1, of: stream)
                let before = try await streams.readAll(shard: 1, of: stream).texts
                let isOver = Atomic(false)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while !isOver.load(ordering: .relaxed) {
                            try await streams.put(["during"], shard: 1, of: stream)
                        }
                    }
                    group.addTask {
                        // A key that is made meanwhile, a stream that goes, a shard that is split.
                        _ = try await streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/b"))
                        try await streams.deleteStream(name: "doomed")
                        try await streams.splitShard(
                            stream: "flights",
                            shard: ShardID(0),
                            newStartingHashKey: HashKey(1000)
                        )
                    }
                    for round in 0..<5 { _ = try await folder.backUp(to: "\(path)-\(round)") }
                    isOver.store(true, ordering: .relaxed)
                    try await group.waitForAll()
                }
                for round in 0..<5 {
                    try await withRegions("\(path)-\(round)") { _, copy in
                        let again = try await copy.stream(name: "flights")
                        let texts = try await copy.readAll(shard: 1, of: again).texts
                        #expect(texts.starts(with: before))
                        #expect(texts.dropFirst(before.count).allSatisfy { $0 == "during" })
                        #expect(try await copy.readAll(shard: 0, of: again).texts.count == 150)
                        try await copy.put(["after"], shard: 1, of: again)
                    }
                }
            }
        }
    }

    @Test func regionsAndModesAreKept() async throws {
        try await withTemporaryPath { path in
            try await withRegions(path) { folder, _ in
                let other = try await folder.stores(of: "eu-west-1").streams
                let stream = try await other.makeStream("europe")
                _ = try await other.changeSettings(of: "europe", .startEncryption(keyID: "alias/a"))
                try await other.put(["one"], of: stream)
                #expect(try await folder.backUp(to: "\(path)-copy") > 0)
            }
            var status = stat()
            #expect(stat("\(path)-copy", &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(stat("\(path)-copy/catalogue.sqlite", &status) == 0 && status.st_mode & 0o777 == 0o600)
            try await withRegions("\(path)-copy") { folder, _ in
                let other = try await folder.stores(of: "eu-west-1").streams
                let stream = try await other.stream(name: "europe")
                #expect(try await other.readAll(of: stream).texts == ["one"])
            }
        }
    }

    @Test func trimmedSegmentsLeaveNoGap() async throws {
        let time = ManualTime()
        try await withTemporaryPath { path in
            try await withRegions(path, time: time) { folder, streams in
                let stream = try await streams.makeStream()
                for number in 0..<100 {
                    try await streams.put(["\(number)" + String(repeating: "x", count: 999)], of: stream)
                }
                time.advance(hours: 25)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await streams.enforceRetention() }
                    group.addTask { _ = try await folder.backUp(to: "\(path)-copy") }
                    try await group.waitForAll()
                }
                try await streams.put(["new"], of: stream)
            }
            try await withRegions("\(path)-copy", time: time) { _, copy in
                let stream = try await copy.stream(name: "flights")
                try await copy.put(["later"], of: stream)
                #expect(try await copy.readAll(of: stream).texts == ["later"])
            }
        }
    }

    @Test func aFullDiskLeavesNothingBehind() async throws {
        let files = FaultyFileSystem()
        try await withTemporaryPath { path in
            try await withRegions(path, fileSystem: files) { folder, streams in
                let stream = try await streams.makeStream()
                try await streams.put(["one"], of: stream)
                files.fail(with: FaultyFileSystem.diskFull)
                let copy = "\(path)-copy"
                let error = await serviceError { () async throws(ServiceError) in _ = try await folder.backUp(to: copy)
                }
                #expect(error?.code == .serviceUnavailable)
                #expect(access(copy, F_OK) != 0 && access(copy + ".partial", F_OK) != 0)
                files.fail(with: nil)
                _ = try await folder.backUp(to: copy)
                // A copy that is there is not written over.
                let again = await serviceError { () async throws(ServiceError) in _ = try await folder.backUp(to: copy)
                }
                #expect(again?.code == .serviceUnavailable)
                try await withRegions(copy) { _, streams in
                    let stream = try await streams.stream(name: "flights")
                    #expect(try await streams.readAll(of: stream).texts == ["one"])
                }
            }
        }
    }

    @Test func whatAnInterruptedBackupLeavesIsNoDataFolder() async throws {
        try await withTemporaryPath { path in
            try await withRegions(path) { folder, streams in
                let stream = try await streams.makeStream()
                try await streams.put(["one"], of: stream)
                // As far as a backup gets before the catalogue has its name.
                let partial = "\(path)-copy.partial"
                try SystemFileSystem().makeDirectory("\(partial)/streams/\(stream.id)")
                #expect(await DataFolder.refusal(partial)?.code == .notADataFolder)
                _ = try await folder.backUp(to: "\(path)-copy")
                #expect(access(partial, F_OK) != 0)
            }
        }
    }
}
