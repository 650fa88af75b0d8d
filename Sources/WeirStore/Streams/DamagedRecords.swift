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

    private let logger: Logger
    private let places = Mutex(Set<Place>())

    init(logger: Logger) { self.logger = logger }

    /// How many there are, at most ``Limits/maximumNotedDamagedRecordCount``.
    var count: Int { places.withLock(\.count) }

    /// Takes note of one that a read has met.
    func note(_ error: LogError, number: SequenceNumber, shard: ShardID, stream: LiveStream) {
        let isNews = places.withLock { places in
            places.count < Limits.maximumNotedDamagedRecordCount
                && places.insert(Place(stream: stream.id, index: number.index)).inserted
        }
        guard isNews else { return }
        logger.error(
            "A record is damaged on disk: reads leave it out",
            metadata: [
                "stream.name": "\(stream.name)", "stream.id": "\(stream.id)", "shard.id": "\(shard)",
                "sequence.number": "\(number)", "error.message": "\(error)",
            ]
        )
    }
}
