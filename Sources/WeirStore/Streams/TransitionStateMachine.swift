import WeirModel

/// The states of a stream and its consumers that last for a while and end by themselves: no clock, no I/O.
///
/// All times are nanoseconds of one clock that only goes forward. What a state stands for is done, and durable, when the state
/// begins: whoever dies meanwhile finds the stream ready, or gone.
struct TransitionStateMachine {
    /// What is in a state.
    enum Subject: Hashable {
        case stream
        case consumer(ConsumerDescription.ID)
    }

    /// A state that ends by itself.
    enum State: Hashable {
        /// Being made; then it is active.
        case creating
        /// Being changed; then it is active.
        case updating
        /// Being deleted; then it is gone.
        case deleting
    }

    /// A state whose time is over.
    struct Ended: Hashable {
        let subject: Subject
        let state: State
    }

    private var transitions: [Subject: (state: State, end: UInt64)] = [:]
    /// When the next state ends; nil when all is as it stays.
    private(set) var nextEnd: UInt64?

    /// Something enters a state, whatever state it was in, and stays in it until a time.
    mutating func enter(_ state: State, _ subject: Subject, until end: UInt64) {
        transitions[subject] = (state, end)
        findNextEnd()
    }

    /// Something is not there any more.
    mutating func forget(_ subject: Subject) {
        transitions[subject] = nil
        findNextEnd()
    }

    /// The state of something; nil when it is as it stays. A state lasts until it is told of by ``end(at:)``.
    func state(of subject: Subject) -> State? { transitions[subject]?.state }

    /// Ends the states whose time is over.
    mutating func end(at now: UInt64) -> [Ended] {
        guard let nextEnd, nextEnd <= now else { return [] }
        let ended = transitions.filter { $0.value.end <= now }
        for subject in ended.keys { transitions[subject] = nil }
        findNextEnd()
        return ended.map { Ended(subject: $0.key, state: $0.value.state) }
    }

    private mutating func findNextEnd() { nextEnd = transitions.values.map(\.end).min() }
}
