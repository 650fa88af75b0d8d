import Synchronization

/// A value that comes once, and any number of tasks that wait for it.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case waiting([UInt64: CheckedContinuation<Value?, Never>])
        case resolved(Value)
    }

    private struct Inner {
        var state = State.waiting([:])
        var nextWaiter: UInt64 = 0
    }

    private let inner = Mutex(Inner())

    init() {}

    /// Whether the value is there.
    var isResolved: Bool {
        inner.withLock { inner in
            if case .resolved = inner.state { true } else { false }
        }
    }

    /// The value is there. Only the first one counts.
    func resolve(_ value: Value) {
        let waiters = inner.withLock { inner -> [UInt64: CheckedContinuation<Value?, Never>] in
            guard case .waiting(let waiters) = inner.state else { return [:] }
            inner.state = .resolved(value)
            return waiters
        }
        for waiter in waiters.values { waiter.resume(returning: value) }
    }

    /// Waits for a value that is certain to come, whether the task is cancelled or not.
    func certainValue() async -> Value {
        while true {
            // A task of its own is not cancelled.
            if let value = await Task.immediate(operation: { await self.value() }).value { return value }
        }
    }

    /// Waits for the value; nil when the task is cancelled before.
    func value() async -> Value? {
        let id = inner.withLock { inner -> UInt64 in
            inner.nextWaiter += 1
            return inner.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = inner.withLock { inner -> Value?? in
                    switch inner.state {
                    case .resolved(let value): return .some(value)
                    case .waiting(var waiters):
                        if Task.isCancelled { return .some(nil) }
                        inner.state = .waiting([:])
                        waiters[id] = continuation
                        inner.state = .waiting(waiters)
                        return .none
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = inner.withLock { inner -> CheckedContinuation<Value?, Never>? in
                guard case .waiting(var waiters) = inner.state else { return nil }
                let waiter = waiters.removeValue(forKey: id)
                inner.state = .waiting(waiters)
                return waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
