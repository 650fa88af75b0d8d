import Synchronization
import WeirModel
import WeirWire

/// The subscriptions of this server. The shell of ``SubscriptionRegistryStateMachine``.
final class SubscriptionRegistry: Sendable {
    typealias Key = SubscriptionRegistryStateMachine.Key
    typealias End = ReplyStreamEnd<SubscriptionEnding>

    private struct State {
        var machine: SubscriptionRegistryStateMachine
        var ends: [UInt64: End] = [:]
    }

    private let state: Mutex<State>

    init(minimumInterval: UInt64) {
        state = Mutex(State(machine: SubscriptionRegistryStateMachine(minimumInterval: minimumInterval)))
    }

    /// Whether a subscription could begin.
    func wouldBegin(_ key: Key, at now: UInt64) -> Bool { state.withLock { $0.machine.wouldBegin(key, at: now) } }

    /// Begins a subscription. Whoever had its place is told to end. The number goes to ``end(_:number:)``.
    func begin(
        _ key: Key,
        _ end: End,
        at now: UInt64
    ) -> SubscriptionRegistryStateMachine.Admission {
        let (admission, replaced) = state.withLock { state in
            let admission = state.machine.begin(key, at: now)
            guard case .begun(let number, let replaced) = admission else { return (admission, End?.none) }
            state.ends[number] = end
            return (admission, replaced.flatMap { state.ends[$0] })
        }
        replaced?.end(.takenOver)
        return admission
    }

    /// A subscription has ended.
    func end(_ key: Key, number: UInt64) {
        state.withLock { state in
            state.machine.end(key, number: number)
            state.ends[number] = nil
        }
    }

    /// Ends the subscriptions of a consumer that was deregistered.
    func endAll(of consumer: ConsumerDescription, streamID: Int64) {
        end(.consumerDeregistered) { $0.remove(consumer.id, streamID: streamID) }
    }

    /// Ends all; from now on none begins.
    func stop() { end(.serverStopped) { $0.stop() } }

    /// How many subscriptions there are.
    var activeCount: Int { state.withLock { $0.machine.activeCount } }

    private func end(
        _ ending: SubscriptionEnding,
        _ choose: (inout SubscriptionRegistryStateMachine) -> [UInt64]
    ) {
        let ends = state.withLock { state in choose(&state.machine).compactMap { state.ends[$0] } }
        for end in ends { end.end(ending) }
    }
}
