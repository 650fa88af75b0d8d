import WeirLeases
import WeirModel

/// Where an application begins to read a shard that it has not read before. A shard that goes on where another one
/// ended is always read from its beginning.
public enum InitialPosition: Hashable, Sendable {
    /// At the oldest record that is kept.
    case trimHorizon
    /// After the newest record that was there when the application first met the shard. That moment is fixed in the lease
    /// table, by the clock of the worker that made the lease: workers that go on there before a record was checkpointed,
    /// after a hand-over, a failure or a restart, miss none that came in between.
    case latest
    /// At the first record that arrived at that time or later.
    case atTimestamp(Timestamp)

    var checkpoint: LeaseCheckpoint {
        switch self {
        case .trimHorizon: .trimHorizon
        case .latest: .latest
        case .atTimestamp: .atTimestamp
        }
    }

    /// The time that the position stands for, to be kept in the lease. Nil at the oldest record, which needs none.
    func timestamp(now: Timestamp) -> Timestamp? {
        switch self {
        case .trimHorizon: nil
        case .latest: now
        case .atTimestamp(let timestamp): timestamp
        }
    }
}
