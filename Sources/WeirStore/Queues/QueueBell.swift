import Synchronization

/// Who waits for a record of a queue, in the order of their arrival: no clock, no I/O.
///
/// A waiter takes the count of rings, looks for a record, and parks with that count: a ring that came since lets it look again.
/// Each ring wakes one waiter, and whoever took records and may have left some rings for the next.
struct QueueBellStateMachine {
    /// What ended a wait.
    enum Wake: Hashable, Sendable {
        case rung, timedOut, cancelled
    }

    /// How often it was rung.
    private(set) var rings: UInt64 = 0
    /// Whether nobody waits any more.
    private(set) var isClosed = false
    private var waiting: [(id: UInt64, deadline: UInt64)] = []
    /// No deadline of those who wait is sooner.
    private var soonest = UInt64.max

    /// Whether somebody waits.
    var isWaitedFor: Bool { !waiting.isEmpty }

    /// How many wait.
    var waitingCount: Int { waiting.count }

    /// When the first of those who wait gives up, in nanoseconds; or sooner, where one who was to give up then has gone. It is asked for
    /// after each call about records, with hundreds who wait, and so it is not looked for then.
    var nextDeadline: UInt64? { waiting.isEmpty ? nil : soonest }

    /// Somebody wants to wait. What they are woken by when they need not.
    mutating func park(_ id: UInt64, since seen: UInt64, until deadline: UInt64, at now: UInt64) -> Wake? {
        if isClosed || deadline <= now { return .timedOut }
        if rings != seen { return .rung }
        soonest = waiting.isEmpty ? deadline : min(soonest, deadline)
        waiting.append((id, deadline))
        return nil
    }

    /// Something may be there. Who is to be woken.
    mutating func ring() -> UInt64? {
        rings += 1
        return waiting.isEmpty ? nil : waiting.removeFirst().id
    }

    /// Those whose time is over.
    mutating func expire(at now: UInt64) -> [UInt64] {
        guard !waiting.isEmpty, soonest <= now else { return [] }
        let over = waiting.filter { $0.deadline <= now }.map(\.id)
        if !over.isEmpty { waiting.removeAll { $0.deadline <= now } }
        soonest = waiting.lazy.map(\.deadline).min() ?? .max
        return over
    }

    /// Somebody does not want to wait any more. Whether they did.
    mutating func cancel(_ id: UInt64) -> Bool {
        guard let place = waiting.firstIndex(where: { $0.id == id }) else { return false }
        waiting.remove(at: place)
        return true
    }

    /// Nobody waits any more, and those who do are let go.
    mutating func close() -> [UInt64] {
        isClosed = true
        defer { waiting = [] }
        return waiting.map(\.id)
    }
}

/// The shell of ``QueueBellStateMachine``.
final class QueueBell: Sendable {
    typealias Wake = QueueBellStateMachine.Wake

    private struct State {
        var machine = QueueBellStateMachine()
        var nextID: UInt64 = 0
        var parked: [UInt64: CheckedContinuation<Wake, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How often it was rung.
    var rings: UInt64 { state.withLock { $0.machine.rings } }
    /// Whether somebody waits.
    var isWaitedFor: Bool { state.withLock { $0.machine.isWaitedFor } }
    /// How many wait.
    var waitingCount: Int { state.withLock { $0.machine.waitingCount } }
    /// When the first of those who wait gives up.
    var nextDeadline: UInt64? { state.withLock { $0.machine.nextDeadline } }
    /// Whether nobody waits any more.
    var isClosed: Bool { state.withLock { $0.machine.isClosed } }

    /// Waits for a ring after the count `seen`. `onPark` is called when the wait has begun.
    func wait(since seen: UInt64, until deadline: UInt64, at now: UInt64, onPark: () -> Void) async -> Wake {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wake = state.withLock { state -> Wake? in
                    if Task.isCancelled { return .cancelled }
                    if let wake = state.machine.park(id, since: seen, until: deadline, at: now) { return wake }
                    state.parked[id] = continuation
                    return nil
                }
                if let wake { continuation.resume(returning: wake) } else { onPark() }
            }
        } onCancel: {
            let parked = state.withLock { state in
                state.machine.cancel(id) ? state.parked.removeValue(forKey: id) : nil
            }
            parked?.resume(returning: .cancelled)
        }
    }

    /// Something may be there: one of those who wait looks.
    func ring() {
        let woken = state.withLock { state in state.machine.ring().flatMap { state.parked.removeValue(forKey: $0) } }
        woken?.resume(returning: .rung)
    }

    /// Lets those go whose time is over.
    func expire(at now: UInt64) { wake(.timedOut) { $0.expire(at: now) } }

    /// Lets all go, now and from now on.
    func close() { wake(.timedOut) { $0.close() } }

    private func wake(_ wake: Wake, _ who: (inout QueueBellStateMachine) -> [UInt64]) {
        let woken = state.withLock { state in
            who(&state.machine).compactMap { state.parked.removeValue(forKey: $0) }
        }
        for waiter in woken { waiter.resume(returning: wake) }
    }
}
