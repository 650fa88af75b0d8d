import Synchronization
import WeirModel

/// The memory that request bodies may hold, of each connection and of the server. The shell of
/// ``BodyBudgetStateMachine``.
final class BodyBudget: Sendable {
    private struct State {
        var machine: BodyBudgetStateMachine
        var resumers: [BodyBudgetStateMachine.ID: @Sendable () -> Void] = [:]
    }

    private let state: Mutex<State>

    /// A budget of so many bytes for the server, and for each connection.
    init(
        serverLimit: Int = Limits.maximumBodyMemoryInBytes,
        connectionLimit: Int = Limits.maximumConnectionBodyMemoryInBytes
    ) {
        state = Mutex(
            State(machine: BodyBudgetStateMachine(serverLimit: serverLimit, connectionLimit: connectionLimit))
        )
    }

    /// Whether no more bodies should begin.
    var isFull: Bool { state.withLock(\.machine.isFull) }

    /// Bytes that are held.
    var bytes: Int { state.withLock(\.machine.bytes) }

    /// A body begins on a connection. `resume` is called, on any thread, when it waited and should be asked for again.
    func begin(on connection: AnyObject, resume: @escaping @Sendable () -> Void) -> BodyAllowance {
        let id = state.withLock { state in
            let id = state.machine.begin(on: ObjectIdentifier(connection))
            state.resumers[id] = resume
            return id
        }
        return BodyAllowance(self, id)
    }

    /// Counts bytes of the server's own that belong to no connection.
    func charge(bytes: Int) -> BodyAllowance {
        let id = state.withLock { state in state.machine.begin(on: nil) }
        let allowance = BodyAllowance(self, id)
        allowance.arrived(bytes: bytes)
        allowance.received()
        return allowance
    }

    fileprivate func arrived(_ id: BodyBudgetStateMachine.ID, _ bytes: Int) {
        state.withLock { $0.machine.arrived(id, bytes: bytes) }
    }

    fileprivate func mayRead(_ id: BodyBudgetStateMachine.ID) -> Bool { state.withLock { $0.machine.mayRead(id) } }

    fileprivate func received(_ id: BodyBudgetStateMachine.ID) {
        let resumers = state.withLock { state in
            state.resumers[id] = nil
            return state.machine.received(id).compactMap { state.resumers[$0] }
        }
        for resume in resumers { resume() }
    }

    fileprivate func freed(_ id: BodyBudgetStateMachine.ID) {
        let resumers = state.withLock { state in
            state.resumers[id] = nil
            return state.machine.freed(id).compactMap { state.resumers[$0] }
        }
        for resume in resumers { resume() }
    }
}

/// The share of one body in a ``BodyBudget``. It is given back when nobody has it any more.
final class BodyAllowance: Sendable {
    private let budget: BodyBudget
    private let id: BodyBudgetStateMachine.ID

    fileprivate init(_ budget: BodyBudget, _ id: BodyBudgetStateMachine.ID) {
        self.budget = budget
        self.id = id
    }

    deinit { budget.freed(id) }

    /// The body takes so many bytes of memory more.
    func arrived(bytes: Int) { budget.arrived(id, bytes) }

    /// Whether more may be read now. If not, the body is told when that may have changed.
    var mayRead: Bool { budget.mayRead(id) }

    /// All of the body came in.
    func received() { budget.received(id) }
}
