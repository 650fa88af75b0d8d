import WeirLeases
import WeirModel

/// Where an application begins to read a shard that it has not read before. A shard that goes on where another one
/// ended is always read from its beginning.
public enum InitialPosition: Hashable, Sendable {
    /// At the oldest record that is kept.
    case trimHorizon
    /// After the newest record.
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
}
