import Crypto
import GRDB
import NIOCore
import Testing
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

@Suite struct DataFolderTests {
    func openingError(_ path: String) async -> DataFolderError? {
        do throws(DataFolderError) {
            let folder = try await DataFolder.open(path: path, logger: quiet)
            await folder.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func everythingIsThereAgain() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            let (before, key) = try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let streams = folder.streams
                try await streams.createStream(name: "flights", shardCount: 3, tags: ["a": "1", "b": "é"])
                let stream = try await streams.stream(name: "flights")
                try await streams.put(["one", "two"], shard: 1, of: stream)
                time.advance(milliseconds: 77)
                try await streams.splitShard(
                    stream: "flights",
                    shard: ShardID(1),
                    newStartingHashKey: ReshardTests.middle
                )
                try await streams.mergeShards(stream: "flights", shard: ShardID(4), adjacent: ShardID(2))
                try await streams.setRetention(stream: "flights", hours: 100)
                return (try await streams.stream(name: "flights"), folder.secretKey)
            }
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let after = try await folder.streams.stream(name: "flights")
                #expect(after.id == before.id)
                #expect(after.createdAt == before.createdAt)
                #expect(after.shards == before.shards)
                #expect(after.tags == before.tags)
                #expect(after.retentionHours == 100)
                #expect(after.status == .active)
                #expect(folder.secretKey == key)
                #expect(try await folder.streams.readAll(shard: 1, of: after) == (["one", "two"], true))
                try await folder.streams.put(["three"], shard: 5, of: after)
                #expect(try await folder.streams.readAll(shard: 5, of: after) == (["three"], false))
            }
        }
    }

    /// More streams than are opened at a time.
    private func fill(_ path: String, streams count: Int) async throws {
        try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
            for number in 0..<count {
                let stream = try await folder.streams.makeStream("stream-\(number)")
                try await folder.streams.put(["\(number)"], of: stream)
            }
        }
    }

    @Test func eachOfManyStreamsHasItsOwnLogAgain() async throws {
        try await withTemporaryPath { path in
            try await fill(path, streams: 30)
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                for number in 0..<30 {
                    let stream = try await folder.streams.stream(name: "stream-\(number)")
                    #expect(try await folder.streams.readAll(of: stream) == (["\(number)"], false))
                }
            }
        }
    }

    @Test func aDamagedLogAmongManyKeepsTheFolderFromBeingOpened() async throws {
        try await withTemporaryPath { path in
            try await fill(path, streams: 30)
            let log = try #require(try DataFolder.storedLogs(in: path).last).directory
            let files = SystemFileSystem()
            let segment = try #require(try files.list(log).first)
            let file = try files.open("\(log)/\(segment)", .readWrite)
            try [UInt8]("damage".utf8).withUnsafeBytes { try file.write($0, at: 0) }
            for _ in 0..<2 {
                // The second time too it is the damage, and no lock that was left.
                #expect(await openingError(path)?.message.contains("the segment header is damaged") == true)
            }
        }
    }

    @Test func foldersHaveDifferentKeys() async throws {
        let first = try await withNewFolder { $0.secretKey }
        let second = try await withNewFolder { $0.secretKey }
        #expect(first.bitCount == 256)
        #expect(first != second)
    }

    @Test func theCatalogueIsDurableAndPrivate() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(path: path, logger: quiet) { _ in
                for name in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
                    var status = stat()
                    #expect(stat("\(path)/\(name)", &status) == 0)
                    #expect(status.st_mode & 0o777 == 0o600)
                }
            }
            let catalogue = try Catalogue.open(path: "\(path)/catalogue.sqlite", folder: path, secretKey: [])
            #expect(try catalogue.synchronousLevel() == 2)
            #expect(try await catalogue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
            #expect(try await catalogue.read { try Int.fetchOne($0, sql: "PRAGMA foreign_keys") } == 1)
            try catalogue.close()
        }
    }

    @Test func aSecondOpenerIsRefused() async throws {
        try await withTemporaryPath { path in
            let folder = try await DataFolder.open(path: path, logger: quiet)
            let error = await openingError(path)
            #expect(error?.code == .locked)
            #expect(error?.message == "The data folder \(path) is in use by another process.")
            await folder.close()
            #expect(await openingError(path) == nil)
        }
    }

    @Test func aNewerFormatIsRefusedUntouched() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(path: path, logger: quiet) { _ in }
            let queue = try DatabaseQueue(path: "\(path)/catalogue.sqlite")
            try await queue.write { try $0.execute(sql: "PRAGMA user_version = \(Catalogue.format + 1)") }
            try queue.close()
            let error = await openingError(path)
            #expect(error?.code == .newerFormat)
            #expect(
                error?.message == """
                    The data folder \(path) has format \(Catalogue.format + 1), and this program knows formats up to \
                    \(Catalogue.format): use a newer release of Weir.
                    """
            )
            // The lock was given back, so that the newer program can open it.
            #expect(try FolderLock.acquire(directory: path) != nil)
        }
    }

    @Test func anotherProgramsFolderIsLeftAlone() async throws {
        try await withTemporaryPath { path in
            let files = SystemFileSystem()
            try files.makeDirectory("\(path)/streams/1")
            let error = await openingError(path)
            #expect(error?.code == .notADataFolder)
            #expect(error?.message.contains(path) == true)
            #expect(try files.list(path) == ["streams"])
            #expect(try files.list("\(path)/streams") == ["1"])
        }
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() async throws {
        try await withTemporaryPath { path in
            try SystemFileSystem().makeDirectory(path)
            let queue = try DatabaseQueue(path: "\(path)/catalogue.sqlite")
            try await queue.write { try $0.execute(sql: "PRAGMA user_version = 1; CREATE TABLE theirs (x)") }
            try queue.close()
            #expect(await openingError(path)?.code == .notADataFolder)
        }
    }

    @Test func aDamagedCatalogueIsReported() async throws {
        try await withTemporaryPath { path in
            let files = SystemFileSystem()
            try files.makeDirectory(path)
            let file = try files.open("\(path)/catalogue.sqlite", .create)
            try [UInt8](repeating: 0x41, count: 4_096).withUnsafeBytes { try file.write($0, at: 0) }
            let error = await openingError(path)
            #expect(error?.code == .notADataFolder)
            #expect(error?.message.contains("\(path)/catalogue.sqlite") == true)
        }
    }

    @Test func aPathThatIsNoFolderIsReported() async throws {
        try await withTemporaryPath { path in
            _ = try SystemFileSystem().open(path, .create)
            let error = await openingError(path)
            #expect(error?.code == .inputOutput)
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test func aVolumesRootWillDo() async throws {
        try await withTemporaryPath { path in
            try SystemFileSystem().makeDirectory("\(path)/lost+found")
            #expect(await openingError(path) == nil)
        }
    }

    @Test func closingWaitsForChangesAndAppends() async throws {
        try await withTemporaryPath { path in
            let folder = try await DataFolder.open(path: path, logger: quiet)
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let acknowledged = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        do {
                            if number.isMultiple(of: 10) {
                                try await streams.createStream(name: "s\(number)", shardCount: 1, tags: [:])
                                return false
                            }
                            try await streams.put(["x"], of: stream)
                            return true
                        } catch let error as ServiceError where error.code == .serviceUnavailable {
                            return false
                        }
                    }
                }
                group.addTask {
                    await folder.close()
                    return false
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(try await folder.streams.readAll(of: stream).texts.count == acknowledged)
            }
        }
    }
}
