import Logging
import NIOCore
import Synchronization
import WeirRuntime

/// A durable append-only log in a folder of segment files: bytes in many lanes, in one order.
///
/// Entries get consecutive indexes over all lanes, beginning with 1. What was acknowledged survives the end of the
/// process and of power; the latter but for the last moments where ``durability`` is an interval. Any task may call any
/// method; the appends of one task that awaits each keep their order. Only one `Log` may be open on a folder at a time: hold
/// a ``FolderLock``. Call ``close()`` at the end.
///
/// `docs/formats/log.md` specifies the files.
public final class Log: Sendable {
    let pool: LogWriterPool
    let files: SegmentFiles
    let index: LogIndex
    let spares: SpareSegments
    let queue: Mutex<AppendQueueStateMachine<LogRequest>>
    let writer: Mutex<LogWriter>
    /// When it syncs what was acknowledged before.
    let syncs: Mutex<SyncStateMachine>
    /// Segments that left the log and whose files are not removed yet, oldest first.
    let dropped = Mutex<[Segment]>([])
    /// Held while files are removed: always the oldest first.
    let removal = Mutex(Removal())
    /// When it packs segments, and the one that is being packed.
    let packing: Mutex<PackingStateMachine>
    let packer = Mutex<SegmentPacker?>(nil)
    /// Who waits for the end of packing.
    let packingWaiters = Mutex<[CheckedContinuation<Void, Never>]>([])
    /// Whether the last attempt failed.
    let packingFailed = Atomic<Bool>(false)
    /// Whether the pool counts it among the logs that failed.
    private let isCountedAsFailed = Atomic<Bool>(false)

    /// Group commits in a row before the writer gives other logs of the pool a turn.
    private static let maximumCommitsPerTurn = 16

    private init(
        pool: LogWriterPool,
        files: SegmentFiles,
        index: LogIndex,
        spares: SpareSegments,
        writer: sending LogWriter
    ) {
        self.pool = pool
        self.files = files
        self.index = index
        self.spares = spares
        self.writer = Mutex(writer)
        syncs = Mutex(SyncStateMachine(durability: files.options.durability))
        packing = Mutex(
            PackingStateMachine(
                compression: files.options.compression,
                pause: files.options.packingPauseInNanoseconds
            )
        )
        queue = Mutex(
            AppendQueueStateMachine(
                maximumBatchSize: files.options.maximumBatchSizeInBytes,
                maximumPendingSize: files.options.maximumPendingSizeInBytes,
                maximumWaitingCount: files.options.maximumWaitingCount
            )
        )
    }

    /// Opens the log in a folder, which is made when absent, and recovers it. Blocks.
    ///
    /// Throws `.corrupt` when something acknowledged cannot be read, and then changes nothing; `.unsupportedFormat`
    /// when a newer version wrote it; `.io` and `.noSpace` when the disk refuses.
    public static func open(
        directory: String,
        pool: LogWriterPool,
        fileSystem: any FileSystem = SystemFileSystem(),
        options: LogOptions = .init(),
        logger: Logger
    ) throws(LogError) -> Log {
        let files = SegmentFiles(
            directory: directory,
            fileSystem: fileSystem,
            options: options.withinFormat(),
            logger: logger
        )
        let recovered = try LogRecovery(files: files).recover()
        let spares = SpareSegments(budget: pool.spares)
        let writer = LogWriter(
            files: files,
            index: recovered.index,
            pool: pool,
            spares: spares,
            tail: recovered.tail,
            newestTimestamp: recovered.newestTimestamp
        )
        let log = Log(pool: pool, files: files, index: recovered.index, spares: spares, writer: writer)
        log.beginPacking()
        return log
    }

    /// The index that the next acknowledged entry gets.
    public var nextIndex: UInt64 { index.nextIndex }

    /// The timestamp of a lane's newest acknowledged entry that is still in the log; nil when there is none.
    public func newestTimestamp(lane: UInt32) -> Int64? { index.newestTimestamp(lane: lane) }

    /// Whether a lane has no acknowledged entry from an index on, so that a read finds nothing before the next append. False when
    /// the log is closed: a read throws then.
    public func isAtTip(lane: UInt32, from index: UInt64) -> Bool { self.index.waitsAtTip(lane: lane, from: index) }

    /// Appends entries and returns when they are durable, or written where ``durability`` is an interval, with the index of the
    /// first; they take consecutive indexes in their order. Suspends while too much waits for the disk. Cancelling the task
    /// does not take an append back.
    ///
    /// When it throws, none of them was acknowledged. After `.noSpace` and `.io` none of them is in the log; after
    /// `.failed` each may or may not be there when the log is opened again, but never in part.
    ///
    /// `prefixes` has what the stored payloads begin with, in the order of the entries: as many bytes as all their
    /// ``NewLogEntry/prefixSize`` together, which is the caller's to see to.
    public func append(
        _ entries: [NewLogEntry],
        prefixes: ByteBuffer = ByteBuffer()
    ) async throws(LogError) -> UInt64 {
        let append = NewLogEntries(entries: entries, prefixes: prefixes)
        return try await submit(.append(append), size: try size(of: append))
    }

    /// Hands entries over without waiting. `completion` is called once, with what ``append(_:prefixes:)`` returns or throws; mostly on
    /// a writing thread, which it must not hold up. A caller that does not bound what is in flight is refused with
    /// `.overloaded`. The entries have no prefixes.
    public func append(_ entries: [NewLogEntry], completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
        do throws(LogError) {
            let append = NewLogEntries(entries: entries)
            enqueue(LogRequest(kind: .append(append), reply: completion), size: try size(of: append))
        } catch {
            completion(.failure(error))
        }
    }

    /// Bytes of the frames of some entries. Throws `.tooLarge`.
    private func size(of append: NewLogEntries) throws(LogError) -> Int {
        // A span lends its elements, and counts no owners of them.
        let entries = append.entries.span
        var size = 0
        var prefixSize = 0
        for number in entries.indices {
            let payloadSize = entries[number].payloadSize
            prefixSize += entries[number].prefixSize
            let maximum = files.options.maximumPayloadSizeInBytes
            if payloadSize > maximum {
                throw LogError(.tooLarge, "an entry of \(payloadSize) bytes; the log takes up to \(maximum)")
            }
            size += FrameHeader.frameSize(payloadSize: payloadSize)
        }
        precondition(prefixSize == append.prefixes.readableBytes, "the prefixes are those of the entries")
        let maximum = files.options.maximumAppendSizeInBytes
        if size > maximum { throw LogError(.tooLarge, "an append of \(size) bytes; the log takes up to \(maximum)") }
        return size
    }

    /// The next index, after everything appended before the call is durable or has failed.
    public func barrier() async throws(LogError) -> UInt64 {
        try await submit(.append(NewLogEntries(entries: [])), size: 0)
    }

    /// Drops the segments whose newest entry is older than a timestamp; entries of that timestamp and later stay.
    ///
    /// The tail is sealed first when all of it is older. Readers in the middle of a dropped segment go on safely.
    public func trim(before timestamp: Int64) async throws(LogError) {
        _ = try await submit(.trim(before: timestamp), size: 0)
    }

    /// Waits for the appends made before and syncs. Later calls throw `.closed`.
    public func close() async {
        // It fails only when the log or its pool is closed already, and then there is nothing to wait for.
        _ = try? await submit(.close, size: 0)
    }

    private func submit(_ kind: LogRequest.Kind, size: Int) async throws(LogError) -> UInt64 {
        let result = await withCheckedContinuation { reply in
            enqueue(LogRequest(kind: kind, reply: { reply.resume(returning: $0) }), size: size)
        }
        return try result.get()
    }

    private func enqueue(_ request: LogRequest, size: Int) {
        let action = queue.withLock { queue in
            switch request.kind {
            case .append:
                return queue.enqueue(request, size: size)
            case .trim:
                return queue.enqueue(request, size: size, isExclusive: true)
            case .close:
                let action = queue.enqueue(request, size: size, isExclusive: true)
                _ = queue.refuse(LogError(.closed, "the log is closed"))
                return action
            }
        }
        switch action {
        case .none: break
        case .startWriter: startWriter()
        case .refuse(let request, let error): refuse(request, error)
        }
    }

    private func refuse(_ request: LogRequest, _ error: LogError) {
        if case .close = request.kind { closeFiles() }
        request.reply(.failure(error))
    }

    func startWriter() {
        pool.write { isActive in
            if isActive {
                self.runWriter()
            } else {
                self.fail(LogError(.closed, "the pool of log threads is shut down"))
            }
        }
    }

    private func runWriter() {
        for _ in 0..<Self.maximumCommitsPerTurn {
            switch queue.withLock({ $0.next() }) {
            case .commit(let requests, let size): commit(requests, size: size)
            case .perform(let request): perform(request)
            case .sync: syncWritten()
            case .stop: return
            }
        }
        startWriter()
    }

    private func commit(_ requests: [LogRequest], size: Int) {
        // A barrier is one for what is durable.
        let syncing = acknowledgesWhenSynced || requests.contains { $0.append.entries.isEmpty }
        let begun = syncing ? 0 : files.options.time.monotonicNanoseconds
        var buffer = pool.takeBuffer()
        let (result, wish, hasSealed) = writer.withLock { writer in
            let result = Result { () throws(LogError) in
                try writer.commit(requests.map(\.append), size: size, syncing: syncing, buffer: &buffer)
            }
            return (result, writer.wishForSpare(), writer.takeHasSealed())
        }
        pool.giveBack(buffer)
        queue.withLock { $0.complete(size: size) }
        if hasSealed { didSeal() }
        switch result {
        case .success(var index):
            if syncing { didSync() } else { didWrite(at: begun) }
            if let wish { prepareSpare(tailBaseIndex: wish) }
            for request in requests {
                request.reply(.success(index))
                index += UInt64(request.append.entries.count)
            }
        case .failure(let error):
            if error.code == .failed { fail(error) }
            for request in requests {
                let isBarrier = request.append.entries.isEmpty && error.code != .failed
                request.reply(isBarrier ? .success(nextIndex) : .failure(error))
            }
        }
    }

    /// From now on everything but reading is refused with this error, for good.
    func fail(_ error: LogError) {
        if error.code == .failed, !isCountedAsFailed.exchange(true, ordering: .relaxed) {
            pool.failedLogs.add(1, ordering: .relaxed)
        }
        syncs.withLock { $0.stop() }
        packing.withLock { $0.stop() }
        var metadata: Logger.Metadata = ["log.directory": "\(files.directory)", "error.message": "\(error)"]
        let unsynced = writer.withLock(\.unsynced)
        if let last = unsynced.last { metadata["log.unsynced"] = "\(unsynced.lowerBound) to \(last)" }
        files.logger.error(
            unsynced.isEmpty
                ? "The log takes no more appends"
                : "The log takes no more appends, and what was acknowledged last may not be on disk",
            metadata: metadata
        )
        for request in queue.withLock({ $0.fail(error) }) { refuse(request, error) }
    }

    private func perform(_ request: LogRequest) {
        switch request.kind {
        case .append:
            commit([request], size: 0)
        case .trim(let timestamp):
            let result = Result { () throws(LogError) in try dropSegments(before: timestamp) }
            if case .failure(let error) = result {
                if error.code == .failed { fail(error) }
                request.reply(.failure(error))
                return
            }
            // Removing files takes long, and appends wait behind this thread.
            pool.read { isActive in
                let removed = Result { () throws(LogError) in
                    guard isActive else { throw LogError(.closed, "the pool of log threads is shut down") }
                    try self.removeDropped()
                    return self.nextIndex
                }
                request.reply(removed)
            }
        case .close:
            let result = writer.withLock { writer in Result { () throws(LogError) in try writer.close() } }
            if case .failure(let error) = result { fail(error) }
            syncs.withLock { $0.stop() }
            // Files must not be removed, made or replaced after another process was allowed in.
            stopPacking()
            removal.withLock { $0.isStopped = true }
            spares.stopPreparing()
            closeFiles()
            request.reply(result.map { nextIndex })
        }
    }

    private func closeFiles() {
        if isCountedAsFailed.exchange(false, ordering: .relaxed) { pool.failedLogs.subtract(1, ordering: .relaxed) }
        pool.segments.remove(index.close())
        spares.clear()
    }
}
