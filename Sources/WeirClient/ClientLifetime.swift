import Synchronization
import WeirModel

extension ServiceError.Code {
    /// The client was shut down; the call was not sent, or its answer was not awaited.
    public static let clientShutDown = ServiceError.Code(rawValue: "ClientShutDown")
    /// `run()` was called a second time.
    public static let alreadyRunning = ServiceError.Code(rawValue: "AlreadyRunning")
}

/// Whether a client takes calls, and how many are under way.
struct ClientLifetimeStateMachine: Sendable {
    private enum State {
        case open
        /// Calls under way go on, new ones are refused.
        case draining
        case closed
    }

    private var state = State.open
    private var isRunning = false
    private var callsUnderWay = 0

    /// A call begins. False when the client takes none.
    mutating func callBegan() -> Bool {
        guard state == .open else { return false }
        callsUnderWay += 1
        return true
    }

    /// A call ended. True when it was the last one that draining waited for.
    mutating func callEnded() -> Bool {
        callsUnderWay -= 1
        return state == .draining && callsUnderWay == 0
    }

    /// `run()` began. False when it did before.
    mutating func runBegan() -> Bool {
        defer { isRunning = true }
        return !isRunning
    }

    /// New calls are refused from now on. True when calls are under way that must be waited for.
    mutating func drain() -> Bool {
        guard state == .open else { return false }
        state = .draining
        return callsUnderWay > 0
    }

    /// The end. False when it was there before.
    mutating func close() -> Bool {
        defer { state = .closed }
        return state != .closed
    }
}

/// The shell of the machine: waits for the calls under way.
final class ClientLifetime: Sendable {
    private struct Inner {
        var machine = ClientLifetimeStateMachine()
        var drained: CheckedContinuation<Void, Never>?
    }

    private let inner = Mutex(Inner())

    func beginCall() throws(ServiceError) {
        guard inner.withLock({ $0.machine.callBegan() }) else { throw Self.shutDown }
    }

    func endCall() {
        let drained = inner.withLock { inner -> CheckedContinuation<Void, Never>? in
            inner.machine.callEnded() ? inner.drained.take() : nil
        }
        drained?.resume()
    }

    func beginRun() throws(ServiceError) {
        guard inner.withLock({ $0.machine.runBegan() }) else {
            throw ServiceError(.alreadyRunning, "run() was called twice on one client.")
        }
    }

    /// Refuses new calls and waits for those under way; returns at once when the task is cancelled.
    func drain() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = inner.withLock { inner -> Bool in
                    guard inner.machine.drain(), !Task.isCancelled else { return true }
                    inner.drained = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            inner.withLock { $0.drained.take() }?.resume()
        }
    }

    /// True for the caller that has to release what the client holds.
    func close() -> Bool { inner.withLock { $0.machine.close() } }

    static let shutDown = ServiceError(.clientShutDown, "The client was shut down.")
}
