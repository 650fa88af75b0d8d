import Dispatch
import NIOCore
import Synchronization
import WeirLog
import WeirRuntime

/// One thread that keeps a window of records in flight. Those for which there is room at once are one append.
///
/// The log is trimmed as it grows, so that it holds a few segments and writes over the files of the old ones.
final class LogProducer: Sendable {
    private struct State {
        var acknowledged = 0
        var latency = LatencyHistogram()
        var error: LogError?
        var isTrimming = false
    }

    /// Bytes of records after which the log is trimmed.
    private static let trimInterval = 64 << 20

    private let log: Log
    private let window: Int
    private let lanes: UInt32
    private let keepsSegments: Bool
    private let payload: ByteBuffer
    private let state = Mutex(State())
    /// Told when room is made in a window that was full.
    private let room = DispatchSemaphore(value: 0)
    private let time = SystemTime()

    /// With `keepsSegments` nothing is trimmed, and every segment is a new file.
    init(log: Log, window: Int, size: Int, lanes: UInt32, keepsSegments: Bool) {
        self.log = log
        self.window = window
        self.lanes = lanes
        self.keepsSegments = keepsSegments
        payload = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
    }

    /// Writes until segments are written over.
    func warmUp() async throws(LogError) {
        let record = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
        for megabyte in 0..<(keepsSegments ? 64 : 320) {
            let milliseconds = Int64(time.monotonicNanoseconds / 1_000_000)
            _ = try await log.append([NewLogEntry(lane: 0, timestamp: milliseconds, payload: record)])
            if !keepsSegments, megabyte == 255 { try await log.trim(before: milliseconds) }
        }
    }

    /// Appends for so many seconds, and gives how long each append took. Throws what the log throws.
    func run(seconds: Double) async throws -> (latency: LatencyHistogram, seconds: Double) {
        state.withLock { $0 = State() }
        return try await withCheckedThrowingContinuation { continuation in
            let thread = DispatchQueue(label: "weir.bench.log")
            thread.async { continuation.resume(with: Result { try self.produce(seconds: seconds) }) }
        }
    }

    private func produce(seconds: Double) throws -> (latency: LatencyHistogram, seconds: Double) {
        let start = time.monotonicNanoseconds
        let end = start + UInt64(seconds * 1e9)
        var appended = 0
        var untrimmed = 0
        var previous = Int64.min
        while time.monotonicNanoseconds < end {
            let count = waitForRoom(appended: appended)
            let begun = time.monotonicNanoseconds
            append(appended..<appended + count, begun: begun)
            appended += count
            untrimmed += count * payload.readableBytes
            if untrimmed > Self.trimInterval, !keepsSegments {
                untrimmed = 0
                trim(before: previous)
                previous = Int64(begun / 1_000_000)
            }
        }
        while state.withLock({ $0.acknowledged }) < appended { room.wait() }
        let elapsed = Double(time.monotonicNanoseconds - start) / 1e9
        let (latency, error) = state.withLock { ($0.latency, $0.error) }
        if let error { throw error }
        return (latency, elapsed)
    }

    /// Waits until there is room in the window, and gives how much.
    private func waitForRoom(appended: Int) -> Int {
        while true {
            let free = window - (appended - state.withLock { $0.acknowledged })
            if free > 0 { return free }
            room.wait()
        }
    }

    private func append(_ numbers: Range<Int>, begun: UInt64) {
        let entries = numbers.map { number in
            NewLogEntry(lane: UInt32(number) % lanes, timestamp: Int64(begun / 1_000_000), payload: payload)
        }
        log.append(entries) { result in
            let now = self.time.monotonicNanoseconds
            self.state.withLock { state in
                state.acknowledged += numbers.count
                state.latency.record(nanoseconds: now - begun, count: numbers.count)
                if case .failure(let error) = result { state.error = state.error ?? error }
            }
            self.room.signal()
        }
    }

    /// Drops old segments, unless that is being done.
    private func trim(before timestamp: Int64) {
        if state.withLock({ state in
            defer { state.isTrimming = true }
            return state.isTrimming
        }) {
            return
        }
        Task {
            let result: Result<Void, LogError>
            do throws(LogError) {
                result = .success(try await log.trim(before: timestamp))
            } catch {
                result = .failure(error)
            }
            state.withLock { state in
                state.isTrimming = false
                if case .failure(let error) = result { state.error = state.error ?? error }
            }
        }
    }
}
