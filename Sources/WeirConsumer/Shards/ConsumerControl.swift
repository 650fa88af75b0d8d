import Synchronization
import WeirLeases
import WeirRuntime

/// How the worker tells the consumer of one shard to stop, and until when it may hand records out.
final class ConsumerControl: Sendable {
    /// Why a consumer is to stop; a later case overrides those before it.
    enum StopReason: Int, Comparable {
        /// Finish the record or batch at hand, checkpoint, and stop.
        case shutdownRequested
        /// A shutdown took too long: the handler is cancelled, and what it was at counts as not processed.
        case shutdownTimedOut
        /// Another worker may hold the lease: the handler is cancelled, and no checkpoint is possible.
        case leaseLost

        init(_ reason: LeaseStateMachine.StopReason) {
            switch reason {
            case .leaseLost: self = .leaseLost
            case .shutdownRequested: self = .shutdownRequested
            }
        }

        var isCancellation: Bool { self != .shutdownRequested }

        static func < (left: StopReason, right: StopReason) -> Bool { left.rawValue < right.rawValue }
    }

    private struct Sleep {
        var task: Task<Void, any Error>
        var isUntilHeld: Bool
    }

    private struct State {
        var stopReason: StopReason?
        var task: Task<Void, Never>?
        /// The waits of all tasks of the consumer.
        var sleeps: [Int: Sleep] = [:]
        var sleepCount = 0
        var whenStopped: [@Sendable () -> Void] = []

        /// In the order in which they began.
        var sleepsInOrder: [Sleep] { sleeps.sorted { $0.key < $1.key }.map(\.value) }
    }

    private let time: any TimeSource
    private let state = Mutex(State())
    private let holdUntil: Atomic<UInt64>
    private let delivered = Atomic<Int>(0)

    /// The control of a consumer whose lease is held until then, by the monotonic clock.
    init(holdUntil: UInt64, time: any TimeSource) {
        self.time = time
        self.holdUntil = Atomic(holdUntil)
    }

    /// Why to stop; nil: go on.
    var stopReason: StopReason? { state.withLock { $0.stopReason } }

    /// Whether the handler was cancelled: whatever it does after that, it has not processed what it was at.
    var isCancelled: Bool { stopReason?.isCancellation ?? false }

    /// Returns true when a record may be handed out now, and false when the consumer is to stop.
    ///
    /// Asked before each one: a worker that was suspended for long must not go on as if nothing had happened. When the
    /// lease may have passed to another worker, it waits until a renewal or the loss of the lease makes that clear.
    ///
    /// - Parameter evenAtShutdown: whether a shutdown waits for the record, while the lease is held.
    func mayHandOut(evenAtShutdown: Bool = false) async -> Bool {
        while !Task.isCancelled {
            let stopReason = stopReason
            guard stopReason == nil || (evenAtShutdown && stopReason == .shutdownRequested) else { return false }
            if time.monotonicNanoseconds < holdUntil.load(ordering: .acquiring) { return true }
            guard stopReason == nil else { return false }
            await sleep(for: .seconds(1), isUntilHeld: true)
        }
        return false
    }

    /// The lease is held until then, by the monotonic clock.
    func hold(until deadline: UInt64) {
        // Only forward: an answer may be overtaken by that of a later write.
        var known = holdUntil.load(ordering: .relaxed)
        while known < deadline {
            let (exchanged, original) = holdUntil.weakCompareExchange(
                expected: known,
                desired: deadline,
                ordering: .acquiringAndReleasing
            )
            if exchanged { break }
            known = original
        }
        for sleep in state.withLock({ $0.sleepsInOrder.filter(\.isUntilHeld) }) { sleep.task.cancel() }
    }

    /// The handler has dealt with records of so many bytes of data and keys.
    func deliver(_ bytes: Int) { delivered.add(bytes, ordering: .relaxed) }

    /// The bytes that the handler has dealt with since this was asked last.
    func takeDelivered() -> Int { delivered.exchange(0, ordering: .relaxed) }

    /// The task that runs the consumer: cancelled when the lease is lost or a shutdown takes too long.
    func started(_ task: Task<Void, Never>) {
        state.withLock { $0.task = task }
        if isCancelled { task.cancel() }
    }

    /// Asks the consumer to stop.
    func stop(_ reason: StopReason) {
        // The reason first: a handler that notices its cancellation is known to be cancelled.
        let (task, sleeps, whenStopped) = state.withLock { state in
            state.stopReason = max(reason, state.stopReason ?? reason)
            defer { state.whenStopped = [] }
            return (reason.isCancellation ? state.task : nil, state.sleepsInOrder, state.whenStopped)
        }
        for sleep in sleeps { sleep.task.cancel() }
        for action in whenStopped { action() }
        task?.cancel()
    }

    /// Calls a closure once, when the consumer is asked to stop, whatever the reason; at once when it was already. It must
    /// return at once.
    func whenStopped(_ action: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            if state.stopReason == nil { state.whenStopped.append(action) }
            return state.stopReason != nil
        }
        if isStopped { action() }
    }

    /// Waits, at most until the consumer is asked to stop or (if so wanted) the lease is renewed.
    func sleep(for duration: Duration, isUntilHeld: Bool = false) async {
        let time = time
        // A task of its own, so that a request to stop ends the wait without cancelling anything else.
        let sleep = Task(executorPreference: time.taskExecutor) { try await time.sleep(for: duration) }
        let (number, isOver) = state.withLock { state in
            state.sleepCount += 1
            state.sleeps[state.sleepCount] = Sleep(task: sleep, isUntilHeld: isUntilHeld)
            return (state.sleepCount, state.stopReason != nil)
        }
        let isHeld = isUntilHeld && time.monotonicNanoseconds < holdUntil.load(ordering: .acquiring)
        if isOver || isHeld { sleep.cancel() }
        await withTaskCancellationHandler {
            _ = await sleep.result
        } onCancel: {
            sleep.cancel()
        }
        state.withLock { $0.sleeps[number] = nil }
    }
}
