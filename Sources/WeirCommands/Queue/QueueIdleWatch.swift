import Synchronization
import WeirConsumer
import WeirRuntime

/// Tells when a consumer of a queue has nothing to do: no record is in hand, none has come for a while, and the service has said so since.
final class QueueIdleWatch: Sendable {
    private struct State {
        var activity: Activity
        /// When the service last answered that there are no records.
        var lastEmpty: UInt64?
        /// What the receives fail with, and since when.
        var failure: (since: UInt64, error: String)?
    }

    /// How often it is looked whether the service has answered.
    private static let pause = Duration.milliseconds(50)

    private let time: any TimeSource
    private let state: Mutex<State>

    init(time: any TimeSource = SystemTime()) {
        self.time = time
        state = Mutex(State(activity: Activity(at: time.monotonicNanoseconds)))
    }

    /// A record is in hand.
    func begin() { change(1) }

    /// A record is done with.
    func end() { change(-1) }

    private func change(_ records: Int) {
        let now = time.monotonicNanoseconds
        state.withLock { $0.activity.note(records, at: now) }
    }

    /// Something happened to the consumer.
    func note(_ event: QueueConsumerEvent) {
        let now = time.monotonicNanoseconds
        state.withLock { state in
            switch event {
            case .received(let count):
                state.failure = nil
                if count == 0 { state.lastEmpty = now } else { state.activity.note(at: now) }
            case .receiveFailed(let error): state.failure = (state.failure?.since ?? now, error)
            default: break
            }
        }
    }

    /// Returns when the consumer was idle for so many seconds. Throws when all receives failed for as long, and
    /// `CancellationError` with the task.
    func wait(seconds: Int) async throws {
        let span = UInt64(seconds) * 1_000_000_000
        while true {
            let now = time.monotonicNanoseconds
            let state = state.withLock(\.self)
            let lastChange = state.activity.lastChange
            if state.activity.recordsInHand == 0 {
                if let failure = state.failure, now >= failure.since + span {
                    throw CommandFailure("no records can be received: \(failure.error)")
                }
                if let lastEmpty = state.lastEmpty, lastEmpty >= lastChange, now >= lastChange + span {
                    return
                }
            }
            let left = lastChange + span > now ? lastChange + span - now : 0
            try await time.sleep(for: max(.nanoseconds(Int64(left)), Self.pause))
        }
    }
}
