import Logging
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

/// One history of a store, with everything that writes to both the catalogue and a log: it is broken off, or its disk fails, at
/// each step.
@Suite struct CrashStepTests {
    /// Performs the history, and tells the oracle what is asked and what was answered.
    private final class History: Sendable {
        private let folder: DataFolder
        private let time: ManualTime
        private let state = Mutex(StoreOracle())
        /// Called between the calls.
        private let afterCall: @Sendable (StoreOracle) -> Void

        init(_ folder: DataFolder, _ time: ManualTime, afterCall: @escaping @Sendable (StoreOracle) -> Void = { _ in })
        {
            self.folder = folder
            self.time = time
            self.afterCall = afterCall
        }

        /// What must hold now.
        var oracle: StoreOracle { state.withLock { $0 } }

        func run() async throws {
            try await change("a", to: .there) { try await create("a", shards: 2) }
            try await put(["a1", "a2", "a3"], to: "a")
            try await reshard { try await store.mergeShards(stream: "a", shard: ShardID(0), adjacent: ShardID(1)) }
            try await put(["a4", "a5"], to: "a")
            try await change("b", to: .there) { try await create("b", shards: 1) }
            try await put(["b1"], to: "b")
            try await change("b", to: .gone) { try await store.deleteStream(name: "b") }
            try await reshard {
                let middle = HashKey(UInt128.max / 3)
                let open = try await store.stream(name: "a").openShardsByHashKey[0].id
                try await store.splitShard(stream: "a", shard: open, newStartingHashKey: middle)
            }
            try await put(["a6", "a7"], to: "a")
            state.withLock { $0.willAge("a") }
            time.advance(hours: 25)
            try await put(["a8"], to: "a")
            try await reshard { try await store.enforceRetention() }
            try await put(["a9"], to: "a")
            try await change("b", to: .there) { try await create("b", shards: 1) }
        }

        private var store: EmbeddedStreamStore { folder.streams }

        private func create(_ name: String, shards: Int) async throws(ServiceError) {
            try await store.createStream(name: name, shardCount: shards, tags: [:])
        }

        /// A call that fails on a disk that fails changes nothing, or what it was asked to.
        private func reshard(_ call: () async throws -> Void) async throws {
            defer { afterCall(oracle) }
            do {
                try await call()
            } catch let error as ServiceError {
                try requireExpected(error)
            }
        }

        private func change(_ name: String, to presence: StoreOracle.Presence, _ call: () async throws -> Void)
            async throws
        {
            defer { afterCall(oracle) }
            state.withLock { $0.willChange(name) }
            do {
                try await call()
                state.withLock { $0.didChange(name, to: presence) }
            } catch let error as ServiceError {
                try requireExpected(error)
            }
        }

        /// Puts each to one of the open shards in turn.
        private func put(_ texts: [String], to name: String) async throws {
            defer { afterCall(oracle) }
            do {
                let stream = try await store.stream(name: name)
                let open = stream.openShardsByHashKey
                let records = texts.enumerated().map { place, text in
                    NewRecord(
                        shard: open[place % open.count].id,
                        partitionKey: "k",
                        data: ByteBuffer(string: text)
                    )
                }
                state.withLock { $0.willPut(texts, to: name) }
                let numbers = try await store.append(records, stream: stream).map { try $0.number() }
                state.withLock { $0.didPut(texts, to: name, numbers) }
            } catch let error as ServiceError {
                try requireExpected(error)
            }
        }

        /// A disk that fails is told by an error after which a client tries again; then a stream may be missing, or there already.
        private func requireExpected(_ error: ServiceError) throws {
            let expected: [ServiceError.Code] = [.serviceUnavailable, .resourceNotFound, .resourceInUse]
            if !expected.contains(error.code) { throw error }
        }
    }

    /// When the logs acknowledge. An interval is longer than a history.
    static let durabilities: [LogDurability] = [.always, .interval(nanoseconds: 3_600_000_000_000)]

    /// Segments that a few records fill.
    private static func configuration(_ durability: LogDurability) -> DataFolder.Configuration {
        var configuration = DataFolder.Configuration()
        configuration.log.durability = durability
        configuration.log.segmentSizeInBytes = 4096 + 150
        configuration.log.minimumExtensionSizeInBytes = 256
        // Only the thread of a step may be at work while the folder is copied.
        configuration.log.preparesSparesWithinSeconds = 0
        return configuration
    }

    private func withFolder(
        _ path: String,
        _ files: any FileSystem,
        _ durability: LogDurability,
        time: ManualTime,
        _ body: (DataFolder) async throws -> Void
    ) async throws {
        try await DataFolder.withDataFolder(
            path: path,
            configuration: Self.configuration(durability),
            fileSystem: files,
            time: time,
            logger: quiet,
            body
        )
    }

    /// The folder is copied before each operation of the logs and after each call, as a killed process would leave it.
    @Test(arguments: durabilities)
    func aProcessThatEndsAtAnyStepLeavesAWholeFolder(durability: LogDurability) async throws {
        try await withTemporaryPath { path in
            let files = SteppingFileSystem()
            let time = ManualTime()
            let copies = Mutex<[(path: String, now: Int64, oracle: StoreOracle)]>([])
            try await withFolder(path, files, durability, time: time) { folder in
                let keep: @Sendable (StoreOracle) -> Void = { oracle in
                    let copy = "\(path)-\(copies.withLock { $0.count })"
                    #expect(throws: Never.self) { try copyTree(path, to: copy) }
                    copies.withLock { $0.append((copy, time.wallMilliseconds, oracle)) }
                }
                let history = History(folder, time, afterCall: keep)
                files.onStep { _ in
                    keep(history.oracle)
                    return nil
                }
                try await history.run()
                files.onStep(nil)
            }
            let kept = copies.withLock { $0 }
            #expect(kept.count > 50)
            for (copy, now, oracle) in kept {
                try await withFolder(copy, SystemFileSystem(), durability, time: ManualTime(now)) { folder in
                    try await oracle.check(folder, path: copy, "\(copy.suffix(4))")
                }
                try SystemFileSystem().removeTree(copy)
            }
        }
    }

    /// Every other operation of the logs fails once, and the rest in another way. The store goes on as well as it can, and is whole when it is opened anew.
    @Test(arguments: [EIO, ENOSPC], durabilities)
    func anOperationThatFailsLosesNothing(code: Int32, durability: LogDurability) async throws {
        var step = code == EIO ? 0 : 1
        var hasFailed = true
        while hasFailed {
            hasFailed = try await failOnce(at: step, code, durability)
            step += 2
        }
        #expect(step > 50)
    }

    private func failOnce(at failing: Int, _ code: Int32, _ durability: LogDurability) async throws -> Bool {
        let left = StepCount(failing)
        try await withTemporaryPath { path in
            let files = SteppingFileSystem()
            let time = ManualTime()
            let kept = Mutex(StoreOracle())
            try await withFolder(path, files, durability, time: time) { folder in
                files.onStep { _ in left.next() == 0 ? code : nil }
                let history = History(folder, time)
                try await history.run()
                files.onStep(nil)
                kept.withLock { $0 = history.oracle }
            }
            let oracle = kept.withLock { $0 }
            try await withFolder(path, SystemFileSystem(), durability, time: time) { folder in
                try await oracle.check(folder, path: path, "error \(code) at step \(failing)")
            }
        }
        return left.next() < 0
    }
}

/// Counts down.
private final class StepCount: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// How many are left, before this one.
    func next() -> Int { left.subtract(1, ordering: .relaxed).oldValue }
}
