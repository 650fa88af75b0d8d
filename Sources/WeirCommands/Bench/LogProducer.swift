import Dispatch
import NIOCore
import Synchronization
import WeirLog
import WeirRuntime

/// One thread that keeps a window of appends in flight.
final class LogProducer: Sendable {
    private struct State {
        var acknowledged = 0
        var latency = LatencyHistogram()
        var error: LogError?
    }

    private let log: Log
    private let window: Int
    private let lanes: UInt32
    private let payload: ByteBuffer
    private let state = Mutex(State())
    /// Told when room is made in a window that was full.
    private let room = DispatchSemaphore(value: 0)
    private let time = SystemTime()

    init(log: Log, window: Int, size: Int, lanes: UInt32) {
        self.log = log
        self.window = window
        self.lanes = lanes
        payload = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
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
        while time.monotonicNanoseconds < end {
            let count = waitForRoom(appended: appended)
            let begun = time.monotonicNanoseconds
            for number in appended..<appended + count { append(number, begun: begun) }
            appended += count
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

    private func append(_ number: Int, begun: UInt64) {
        let lane = UInt32(number) % lanes
        let entry = NewLogEntry(lane: lane, timestamp: Int64(begun / 1_000_000), payload: payload)
        log.append([entry]) { result in
            let now = self.time.monotonicNanoseconds
            self.state.withLock { state in
                state.acknowledged += 1
                state.latency.record(nanoseconds: now - begun)
                if case .failure(let error) = result { state.error = state.error ?? error }
            }
            self.room.signal()
        }
    }
}
