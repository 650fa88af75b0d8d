import NIOCore
import NIOPosix
import Synchronization
import WeirRuntime

/// The threads that block for many logs: some for writing and syncing, as many for reading, so that readers never
/// delay writers, one for what nobody waits for, and one for packing. It also holds what the logs share: open sealed segments and
/// write buffers, both bounded.
///
/// Shut it down after its logs are closed, and before it is let go.
public final class LogWriterPool: Sendable {
    private let writers: any BlockingWorkers
    private let readers: any BlockingWorkers
    private let packers: any BlockingWorkers
    private let helpers: any BlockingWorkers
    private let buffers = Mutex<[ByteBuffer]>([])
    private let maximumBufferCount: Int
    let alarms: any AlarmClock
    let segments: SegmentCache
    let spares: SpareBudget
    let recent: RecentFrames
    let packing = PackingTurns()
    let failedLogs = Atomic<Int>(0)

    /// Sealed segments that are open now.
    public var openSegmentCount: Int { segments.count }

    /// What was packed since the pool was made.
    public var packedBytes: PackedBytes { packing.total }

    /// How many of the logs that are open are in the failed state: they take no more appends until they are opened anew.
    public var failedLogCount: Int { failedLogs.load(ordering: .relaxed) }

    /// Larger buffers are let go after use.
    private static let maximumKeptBufferSize = 16 << 20

    /// Starts threads: this many for writing, as many for reading, and one for packing.
    ///
    /// - Parameters:
    ///   - threads: At least 1. Each writes one log at a time; more than the disk's queue is deep bring nothing.
    ///   - maximumOpenSegments: Sealed segments held open for all logs together, each with a file handle.
    ///   - maximumIndexSizeInBytes: Bytes of their indexes in memory.
    ///   - maximumSpareSizeInBytes: Bytes on disk of the files of trimmed segments that are kept to be written over.
    ///   - maximumRecentSizeInBytes: Bytes of the newest entries of all logs that are kept in memory for readers at the tip.
    public convenience init(
        threads: Int,
        maximumOpenSegments: Int = 256,
        maximumIndexSizeInBytes: Int = 64 << 20,
        maximumSpareSizeInBytes: Int64 = 1 << 30,
        maximumRecentSizeInBytes: Int = 32 << 20
    ) {
        let writers = NIOThreadPool(numberOfThreads: max(1, threads))
        let readers = NIOThreadPool(numberOfThreads: max(1, threads))
        let packers = NIOThreadPool(numberOfThreads: 1)
        writers.start()
        readers.start()
        let helpers = NIOThreadPool(numberOfThreads: 1)
        helpers.start()
        packers.start()
        // The only thread there: what packs must not keep appends waiting for a processor.
        packers.submit { _ in ThreadPriority.lowerOwn() }
        self.init(
            writers: writers,
            readers: readers,
            helpers: helpers,
            packers: packers,
            alarms: SystemAlarmClock(),
            maximumBufferCount: max(1, threads),
            maximumOpenSegments: maximumOpenSegments,
            maximumIndexSizeInBytes: maximumIndexSizeInBytes,
            maximumSpareSizeInBytes: maximumSpareSizeInBytes,
            maximumRecentSizeInBytes: maximumRecentSizeInBytes
        )
    }

    /// Uses others than threads of its own: a simulation decides itself what runs when.
    package init(
        writers: any BlockingWorkers,
        readers: any BlockingWorkers,
        helpers: any BlockingWorkers,
        packers: any BlockingWorkers,
        alarms: any AlarmClock,
        maximumBufferCount: Int = 1,
        maximumOpenSegments: Int = 256,
        maximumIndexSizeInBytes: Int = 64 << 20,
        maximumSpareSizeInBytes: Int64 = 1 << 30,
        maximumRecentSizeInBytes: Int = 32 << 20
    ) {
        self.writers = writers
        self.readers = readers
        self.packers = packers
        self.helpers = helpers
        self.alarms = alarms
        self.maximumBufferCount = maximumBufferCount
        segments = SegmentCache(maximumCount: maximumOpenSegments, maximumBytes: maximumIndexSizeInBytes)
        spares = SpareBudget(bytes: maximumSpareSizeInBytes)
        recent = RecentFrames(maximumSize: maximumRecentSizeInBytes)
    }

    /// Stops the threads. What the logs still wait for throws `.closed`.
    public func shutdown() async {
        await writers.shutDown()
        await readers.shutDown()
        await packers.shutDown()
        await helpers.shutDown()
    }

    /// Runs work on a writing thread. The argument is false when the pool is shut down: then it runs elsewhere, and
    /// must not block.
    func write(_ work: @escaping @Sendable (_ isActive: Bool) -> Void) {
        writers.perform(work)
    }

    /// As ``write(_:)``, on a reading thread.
    func read(_ work: @escaping @Sendable (_ isActive: Bool) -> Void) {
        readers.perform(work)
    }

    /// As ``write(_:)``, on the thread that packs segments.
    func pack(_ work: @escaping @Sendable (_ isActive: Bool) -> Void) {
        packers.perform(work)
    }

    /// As ``write(_:)``, on the thread for what nobody waits for. One piece of work should not take long: all logs share it.
    func help(_ work: @escaping @Sendable (_ isActive: Bool) -> Void) {
        helpers.perform(work)
    }

    /// Runs work on a reading thread and waits for its result.
    func read<Value: Sendable>(
        _ work: @escaping @Sendable () throws(LogError) -> Value
    ) async throws(LogError) -> Value {
        let result = await withCheckedContinuation { continuation in
            read { isActive in
                let closed = LogError(.closed, "the pool of log threads is shut down")
                continuation.resume(returning: isActive ? Result(catching: work) : .failure(closed))
            }
        }
        return try result.get()
    }

    /// A buffer to lay out frames in, empty or with old content.
    func takeBuffer() -> ByteBuffer { buffers.withLock { $0.popLast() } ?? ByteBuffer() }

    /// Gives a buffer back for the next writer.
    func giveBack(_ buffer: ByteBuffer) {
        if buffer.capacity > Self.maximumKeptBufferSize { return }
        buffers.withLock { kept in
            if kept.count < maximumBufferCount { kept.append(buffer) }
        }
    }
}

/// Who does work that blocks.
package protocol BlockingWorkers: Sendable {
    /// Does some work soon. The argument is false after ``shutDown()``: then the work must not block.
    func perform(_ work: @escaping @Sendable (_ isActive: Bool) -> Void)

    /// Ends after the work that is under way.
    func shutDown() async
}

extension NIOThreadPool: BlockingWorkers {
    package func perform(_ work: @escaping @Sendable (_ isActive: Bool) -> Void) { submit { work($0 == .active) } }

    // The only error is that of a pool that is shut down already.
    package func shutDown() async { try? await shutdownGracefully() }
}
