import Logging
import Synchronization
import WeirLog
import WeirModel

/// The records of all streams that reads passed over because their bytes on disk are not those that were written.
///
/// The API of Kinesis has no word for one: a reader that always got an error for it would stand still for ever, and the
/// records behind it would be lost with it. So it is left out of the answer, and told here: in the log, once, with its
/// place, and by their number in the metrics. See decision 0062.
final class DamagedRecords: Sendable {
    private struct Place: Hashable {
        var stream: Int64
        var index: UInt64
    }

    private struct State {
        /// Of records that were lost together, the place of the last.
        var places: Set<Place> = []
        var recordCount = 0
    }

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) { self.logger = logger }

    /// How many there are, in at most ``Limits/maximumNotedDamagedRecordCount`` places.
    var count: Int { state.withLock(\.recordCount) }

    /// Takes note of one that a read has met, or of several of a shard that were compressed together, of which the number is the
    /// last one's.
    func note(_ error: LogError, number: SequenceNumber, shard: ShardID, stream: LiveStream) {
        let isNews = state.withLock { state in
            guard state.places.count < Limits.maximumNotedDamagedRecordCount,
                state.places.insert(Place(stream: stream.id, index: number.index)).inserted
            else { return false }
            state.recordCount += error.corruptCount
            return true
        }
        guard isNews else { return }
        let metadata: Logger.Metadata = [
            "stream.name": "\(stream.name)", "stream.id": "\(stream.id)", "shard.id": "\(shard)",
            "sequence.number": "\(number)", "error.message": "\(error)",
        ]
        if error.corruptCount == 1 {
            logger.error("A record is damaged on disk: reads leave it out", metadata: metadata)
        } else {
            logger.error(
                "\(error.corruptCount) records are damaged on disk, up to this one: reads leave them out",
                metadata: metadata
            )
        }
    }
}
