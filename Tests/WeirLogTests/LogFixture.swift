import Logging
import NIOCore
import Testing
import WeirLog
import WeirLogSimulation
import WeirRuntime

/// A place for a log, and threads for it.
struct LogFixture: Sendable {
    let pool: LogWriterPool
    let disk: MemoryDisk
    let directory = "/log"

    /// Settings with which a few entries fill a segment.
    static var small: LogOptions {
        var options = LogOptions()
        options.segmentSizeInBytes = 8 << 10
        options.minimumExtensionSizeInBytes = 1 << 10
        options.maximumExtensionSizeInBytes = 4 << 10
        options.preparesSparesWithinSeconds = 0
        return options
    }

    /// Opens the log.
    func open(_ options: LogOptions = LogOptions()) throws -> Log {
        try Log.open(directory: directory, pool: pool, fileSystem: disk, options: options, logger: .quiet)
    }

    /// The paths of the segment files.
    var segmentPaths: [String] { disk.paths.filter { $0.hasSuffix(".segment") } }
}

/// Runs with a disk in memory, and stops the threads afterwards.
func withLogFixture(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (LogFixture) async throws -> Void
) async throws {
    try await withPool { pool in try await body(LogFixture(pool: pool, disk: MemoryDisk())) }
}

/// Runs with threads, which are stopped afterwards.
func withPool(
    threads: Int = 2,
    maximumOpenSegments: Int = 256,
    maximumRecentSize: Int = 32 << 20,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (LogWriterPool) async throws -> Void
) async throws {
    let pool = LogWriterPool(
        threads: threads,
        maximumOpenSegments: maximumOpenSegments,
        maximumRecentSizeInBytes: maximumRecentSize
    )
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(pool))
    } catch {
        result = .failure(error)
    }
    await pool.shutdown()
    try result.get()
}

/// What a test knows of an entry.
struct KnownEntry: Equatable, Sendable {
    var index: UInt64
    var lane: UInt32
    var timestamp: Int64
    var payload: [UInt8]
}

extension KnownEntry {
    init(_ entry: LogEntry) {
        self.init(
            index: entry.index,
            lane: entry.lane,
            timestamp: entry.timestamp,
            payload: Array(entry.payload.readableBytesView)
        )
    }
}

extension NewLogEntry {
    init(_ lane: UInt32, at timestamp: Int64 = 0, _ payload: [UInt8]) {
        self.init(lane: lane, timestamp: timestamp, payload: ByteBuffer(bytes: payload))
    }

    init(_ lane: UInt32, at timestamp: Int64 = 0, _ text: String) { self.init(lane, at: timestamp, Array(text.utf8)) }
}

extension Log {
    /// All entries of a lane, read in steps.
    func all(
        _ lane: UInt32,
        from index: UInt64 = 0,
        maximumCount: Int = 1000,
        maximumBytes: Int = 1 << 30
    ) async throws -> [KnownEntry] {
        var entries: [KnownEntry] = []
        var next = index
        while true {
            let read = try await read(
                lane: lane,
                from: next,
                maximumCount: maximumCount,
                maximumBytes: maximumBytes
            )
            entries += read.entries.map { KnownEntry($0) }
            #expect(read.entries.allSatisfy { $0.index >= next && $0.index < read.nextIndex })
            if read.isAtTip { return entries }
            #expect(read.nextIndex > next, "a read that is not at the tip goes on")
            if read.nextIndex <= next { return entries }
            next = read.nextIndex
        }
    }

    /// All texts of a lane.
    func texts(_ lane: UInt32) async throws -> [String] {
        try await all(lane).map { String(decoding: $0.payload, as: UTF8.self) }
    }
}

extension Logger {
    /// Says nothing.
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// The error that a call throws; nil when it throws none.
func logError(
    isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Void
) async -> LogError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? LogError
    }
}
