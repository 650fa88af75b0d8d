import WeirModel

extension StreamStateMachine {
    /// The stream is in a state until a time.
    mutating func enter(_ state: TransitionStateMachine.State, until end: UInt64) {
        transitions.enter(state, .stream, until: end)
        description.status = state.streamStatus
    }

    /// A consumer is in a state until a time.
    mutating func enter(
        _ state: TransitionStateMachine.State,
        _ consumer: ConsumerDescription.ID,
        until end: UInt64
    ) {
        guard let place = description.consumers.firstIndex(where: { $0.id == consumer }) else { return }
        transitions.enter(state, .consumer(consumer), until: end)
        description.consumers[place].status = state.consumerStatus
    }

    /// Ends the states whose time is over. Returns whether anything ended.
    mutating func settle(at now: UInt64) -> Bool {
        let ended = transitions.end(at: now)
        for transition in ended {
            switch (transition.subject, transition.state) {
            case (.stream, .deleting): delete()
            // A reshard that began before waits for its turn, and is not over because the other change is.
            case (.stream, _): description.status = isReshardingInSight ? .updating : .active
            case (.consumer(let id), .deleting): description.consumers.removeAll { $0.id == id }
            case (.consumer(let id), _):
                if let place = description.consumers.firstIndex(where: { $0.id == id }) {
                    description.consumers[place].status = .active
                }
            }
        }
        return !ended.isEmpty
    }

    /// The state in which the stream stays for a while; nil when it is in none.
    var lastingState: TransitionStateMachine.State? { transitions.state(of: .stream) }

    /// The stream as its readers see it: while it is being made, it has no shards.
    var visibleDescription: StreamDescription {
        lastingState == .creating ? description.with(status: description.status, shards: []) : description
    }
}

extension TransitionStateMachine.State {
    /// The status of a stream in this state.
    var streamStatus: StreamStatus {
        switch self {
        case .creating: .creating
        case .updating: .updating
        case .deleting: .deleting
        }
    }

    fileprivate var consumerStatus: ConsumerStatus {
        switch self {
        case .creating: .creating
        case .updating: .active
        case .deleting: .deleting
        }
    }
}
