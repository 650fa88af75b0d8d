import NIOCore
import NIOPosix
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
    /// Runs with a folder of small segments, so that a log has many.
    static func withRegions<Result>(
        _ path: String,
        transitionMilliseconds: Int = 0,
        fileSystem: any FileSystem = SystemFileSystem(),
        time: any TimeSource = ManualTime(),
        _ body: (RegionalDataFolder, any StreamStore) async throws -> Result
    ) async throws -> Result {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 16 << 10
        configuration.transitionMilliseconds = transitionMilliseconds
        let folder = try await RegionalDataFolder.open(
            path: path,
            configuration: configuration,
            fileSystem: fileSystem,
            time: time,
            logger: quiet
        )
        do {
            let result = try await body(folder, try await folder.stores(of: "us-east-1").streams)
            await folder.close()
            return result
        } catch {
            await folder.close()
            throw error
        }
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    private func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    @Test func allRegionsAndSecretsAreInTheCopyForItsOwnerOnly() async throws {
        try await withTemporaryPath { path in
            let copy = "\(path)-copy"
            try await Self.withRegions(path) { folder, streams in
                try await streams.put(["zero"], of: try await streams.makeStream("america"))
                let other = try await folder.stores(of: "eu-west-1").streams
                let stream = try await other.makeStream("europe")
                _ = try await other.changeSettings(of: "europe", .startEncryption(keyID: "alias/a"))
                try await other.put(["one", "two"], of: stream)
                let report = try await folder.backUp(to: copy)
                #expect(report.streamCount == 2 && report.recordCount == 3 && report.byteCount > 8192)
            }
            let inner = "\(copy)/regions/eu-west-1"
            #expect(mode(copy) == 0o700)
            #expect(mode("\(copy)/catalogue.sqlite") == 0o600 && mode("\(inner)/catalogue.sqlite") == 0o600)
            #expect(mode("\(inner)/encryption.key") == 0o600)
            #expect(try SystemFileSystem().list(copy) == ["catalogue.sqlite", "regions", "streams"])
            #expect(try SystemFileSystem().list(inner) == ["catalogue.sqlite", "encryption.key", "streams"])
            try await Self.withRegions(copy) { folder, streams in
                #expect(try await streams.readAll(of: streams.stream(name: "america")).texts == ["zero"])
                let other = try await folder.stores(of: "eu-west-1").streams
                #expect(try await other.readAll(of: other.stream(name: "europe")).texts == ["one", "two"])
            }
        }
    }

    @Test func aReshardAfterTheCatalogueWasCopiedHasItCopiedAgain() async throws {
        try await withTemporaryPath { path in
            try await Self.withRegions(path) { folder, streams in
                let root = try #require(folder.openFolders["us-east-1"])
                let unfinished = "\(path)/copy"
                let files = SystemFileSystem()
                _ = try await streams.makeStream(shards: 2)
                let before = try root.copyCatalogue(to: unfinished, files)
                #expect(before == [1: 1])
                #expect(try root.plan(for: before).copies.map(\.point.nextIndex) == [1])
                try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: HashKey(1000))
                try await streams.put(["child"], shard: 3, of: try await streams.stream(name: "flights"))
                #expect(
                    try root.plan(for: before).overtaken.map(\.name) == ["flights"],
                    "the log has records of a shard that the copy lacks"
                )
                let after = try root.copyCatalogue(to: unfinished, files)
                #expect(after == [1: 3])
                #expect(try root.plan(for: after).copies.map(\.point.nextIndex) == [2])
            }
        }
    }

    @Test func whatHappensBetweenTheStepsIsFittedTogether() async throws {
        try await withTemporaryPath { path in
            let names = DataFolderNames(path: "\(path)-copy")
            try await Self.withRegions(path) { folder, streams in
                let root = try #require(folder.openFolders["us-east-1"])
                let files = SystemFileSystem()
                _ = try await streams.makeStream("early")
                _ = try await streams.makeStream("late")
                let stream = try await streams.makeStream("flights")
                try files.makeDirectory(names.streams)
                let shards = try root.copyCatalogue(to: names.unfinishedCatalogue, files)
                // After the catalogue, before the ends of the logs: a record under a key that the copy does not have.
                try await streams.deleteStream(name: "early", deletingConsumers: false)
                _ = try await streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/a"))
                try await streams.put(["secret"], of: stream)
                let plan = try root.plan(for: shards)
                #expect(plan.gone == [1] && plan.copies.map(\.live.id) == [2, 3])
                // After the ends of the logs.
                try await streams.deleteStream(name: "late", deletingConsumers: false)
                try await streams.put(["after"], of: stream)
                let report = try await root.carryOut(plan, to: names, files, .singleton)
                #expect(report.streamCount == 1 && report.recordCount == 1)
            }
            #expect(try SystemFileSystem().list(names.streams) == ["3"])
            try await Self.withRegions(names.path) { _, copy in
                let left = try await copy.streamNames(after: nil, limit: 10)
                #expect(left == ["flights"])
                let texts = try await copy.readAll(of: copy.stream(name: "flights")).texts
                #expect(texts == ["secret"])
            }
        }
    }

    @Test func statesThatLastAreNoneInTheCopy() async throws {
        let time = ManualTime()
        try await withTemporaryPath { path in
            try await Self.withRegions(path, transitionMilliseconds: 500, time: time) { folder, streams in
                _ = try await streams.makeStream("deleting")
                time.advance(milliseconds: 500)
                try await streams.deleteStream(name: "deleting", deletingConsumers: false)
                #expect(try await streams.makeStream("creating").status == .creating)
                #expect(try await streams.streamNames(after: nil, limit: 10) == ["creating", "deleting"])
                #expect(try await folder.backUp(to: "\(path)-copy").streamCount == 1)
            }
            try await Self.withRegions("\(path)-copy", time: time) { _, copy in
                let names = try await copy.streamNames(after: nil, limit: 10)
                let status = try await copy.stream(name: "creating").status
                #expect(names == ["creating"] && status == .active)
            }
        }
    }

    @Test func trimmedSegmentsLeaveNoGap() async throws {
        let time = ManualTime()
        try await withTemporaryPath { path in
            try await Self.withRegions(path, time: time) { folder, streams in
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
            }
            try await Self.withRegions("\(path)-copy", time: time) { _, copy in
                let stream = try await copy.stream(name: "flights")
                #expect(try await copy.put(["later"], of: stream)[0].index == 101)
                #expect(try await copy.readAll(of: stream).texts == ["later"])
            }
        }
    }

    @Test func aFullDiskLeavesNothingBehind() async throws {
        let files = SteppingFileSystem()
        try await withTemporaryPath { path in
            try await Self.withRegions(path, fileSystem: files) { folder, streams in
                try await streams.put(["one"], of: try await streams.makeStream())
                let copy = "\(path)-copy"
                files.fail(with: SteppingFileSystem.diskFull)
                let error = await refusal { () async throws(ServiceError) in try await folder.backUp(to: copy) }
                #expect(error?.code == .serviceUnavailable)
                #expect(error?.message.hasPrefix("No backup was made: ") == true)
                #expect(error?.message.hasSuffix(": No space left on device") == true)
                #expect(!isThere(copy) && !isThere(copy + ".partial"))
                files.fail(with: nil)
                _ = try await folder.backUp(to: copy)
                #expect(!isThere(copy + ".partial"))
            }
        }
    }

    @Test func oneIsMadeAtATimeAndNoneIsWrittenOver() async throws {
        try await withTemporaryPath { path in
            try await Self.withRegions(path) { folder, _ in
                let copy = "\(path)-copy"
                folder.isBackingUp.store(true, ordering: .sequentiallyConsistent)
                let second = await refusal { () async throws(ServiceError) in try await folder.backUp(to: copy) }
                #expect(second?.code == .resourceInUse)
                folder.isBackingUp.store(false, ordering: .sequentiallyConsistent)
                _ = try await folder.backUp(to: copy)
                let again = await refusal { () async throws(ServiceError) in try await folder.backUp(to: copy) }
                #expect(again?.code == .resourceInUse)
                #expect(again?.message == "No backup was made: There is a backup \(copy) already.")
                let nowhere = await refusal { () async throws(ServiceError) in
                    try await folder.backUp(to: "\(path)/absent/copy")
                }
                #expect(nowhere?.message.hasSuffix(": No such file or directory") == true)
            }
            // Nor is one made of a folder that is closed.
            let closed = try await Self.withRegions(path) { folder, _ in folder }
            let late = await refusal { () async throws(ServiceError) in try await closed.backUp(to: "\(path)-late") }
            #expect(late?.code == .serviceUnavailable)
            #expect(!isThere("\(path)-late") && !isThere("\(path)-late.partial"))
        }
    }

    @Test func whatAnInterruptedBackupLeavesIsNoDataFolder() async throws {
        try await withTemporaryPath { path in
            try await Self.withRegions(path) { folder, streams in
                let stream = try await streams.makeStream()
                try await streams.put(["one"], of: stream)
                // As far as a backup gets before the catalogue has its name.
                let partial = "\(path)-copy.partial"
                try SystemFileSystem().makeDirectory("\(partial)/streams/\(stream.id)")
                let opening = await #expect(throws: DataFolderError.self) {
                    try await RegionalDataFolder.open(path: partial, logger: quiet)
                }
                #expect(opening?.code == .notADataFolder)
                _ = try await folder.backUp(to: "\(path)-copy")
                #expect(!isThere(partial))
            }
        }
    }

    @Test func aDamagedLogIsToldAndNotCopied() async throws {
        try await withTemporaryPath { path in
            try await Self.withRegions(path) { folder, streams in
                let stream = try await streams.makeStream()
                for _ in 0..<3 { try await streams.put([String(repeating: "x", count: 1000)], of: stream) }
                let segment = "\(path)/streams/\(stream.id)/00000000000000000001.segment"
                let file = try SystemFileSystem().open(segment, .readWrite)
                try [UInt8]("damage".utf8).withUnsafeBytes { try file.write($0, at: 4096 + 500) }
                let copy = "\(path)-copy"
                let error = await refusal { () async throws(ServiceError) in try await folder.backUp(to: copy) }
                #expect(error?.code == .serviceUnavailable)
                #expect(error?.message.contains("offset 4096: entry 1: the frame is damaged") == true)
                #expect(!isThere(copy) && !isThere(copy + ".partial"))
            }
        }
    }

    private func refusal(
        _ body: () async throws(ServiceError) -> BackupReport
    ) async -> ServiceError? {
        await serviceError { () async throws(ServiceError) in _ = try await body() }
    }
}
