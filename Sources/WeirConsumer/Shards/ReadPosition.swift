import WeirLeases
import WeirModel
import WeirWire

/// What a worker does with records that a producer packed together.
public enum Deaggregation: Hashable, Sendable {
    /// The handler gets the user records, but for those whose hash key the shard does not serve: a Kinesis Producer
    /// Library whose map of the shards was old when it packed them puts just these again, to the right shard.
    ///
    /// The Kinesis Client Library drops, with one such record, all of its aggregate. The producer's library puts only the
    /// stray ones again, so the others would be lost.
    case servedByShard
    /// The handler gets all user records, wherever they belong: for producers that pack without regard to shards.
    case everything
    /// The handler gets records as they were put.
    case off
}

/// How far a shard was read: makes the records for the handler of those that were fetched.
struct ReadPosition {
    /// What a fetch gave.
    struct Passage: Hashable {
        /// The records after the checkpoint.
        var records: [ConsumerRecord] = []
        /// The record at the checkpoint had aged out already: others after it may have, too.
        var hasExpiredPosition = false
        /// User records that were left out because the shard does not serve them.
        var strayCount = 0
        /// Records that begin as aggregates and are none, by sequence number. They are handed on as they are.
        var malformed: [String: AggregationError] = [:]
    }

    private let shardID: String
    private let deaggregation: Deaggregation
    private let hashKeyRange: HashKeyRange?
    /// Everything up to here was fetched.
    private(set) var checkpoint: LeaseCheckpoint
    /// The checkpoint that reading began at, until the first record tells whether records after it were lost.
    private var resumedAt: String?

    /// Reading begins at the checkpoint of a lease. Without the lease's hash keys no user record counts as stray.
    init(lease: Lease, deaggregation: Deaggregation) {
        shardID = lease.shardID
        self.deaggregation = deaggregation
        hashKeyRange = lease.hashKeyRange
        checkpoint = lease.checkpoint
        if case .sequenceNumber(let number, _) = lease.checkpoint { resumedAt = number }
    }

    /// Goes on to the end of records that were fetched, in order. Reading begins with the checkpoint's own record, of which
    /// user records may be left.
    mutating func pass(_ records: some RandomAccessCollection<Record>) -> Passage {
        var passage = Passage()
        guard let first = records.first, let last = records.last else { return passage }
        if let number = resumedAt {
            passage.hasExpiredPosition = LeaseCheckpoint.isSequenceNumber(number, before: first.sequenceNumber)
            resumedAt = nil
        }
        passage.records.reserveCapacity(records.count)
        // What the checkpoint has passed is at the beginning.
        var rest = records[...]
        while let next = rest.first, hasPassed(next) {
            if isAtCheckpoint(next) { take(next, &passage) }
            rest.removeFirst()
        }
        for record in rest { take(record, &passage) }
        let end = LeaseCheckpoint.sequenceNumber(last.sequenceNumber, subSequenceNumber: .max)
        if checkpoint < end { checkpoint = end }
        return passage
    }

    private func hasPassed(_ record: Record) -> Bool {
        guard case .sequenceNumber(let number, _) = checkpoint else { return false }
        return !LeaseCheckpoint.isSequenceNumber(number, before: record.sequenceNumber)
    }

    /// Whether user records of the record may be left after the checkpoint.
    private func isAtCheckpoint(_ record: Record) -> Bool {
        guard case .sequenceNumber(let number, let subSequenceNumber) = checkpoint, subSequenceNumber < .max else {
            return false
        }
        return !LeaseCheckpoint.isSequenceNumber(record.sequenceNumber, before: number)
    }

    private func take(_ record: Record, _ passage: inout Passage) {
        let whole = ConsumerRecord(record, shardID: shardID)
        var aggregate: AggregatedRecord?
        if deaggregation != .off {
            do throws(AggregationError) {
                aggregate = try AggregatedRecord(decoding: record.data)
            } catch {
                passage.malformed[record.sequenceNumber] = error
            }
        }
        guard let aggregate else {
            if checkpoint < whole.checkpoint { passage.records.append(whole) }
            return
        }
        for (userRecord, taken) in zip(aggregate.records, whole.taking(apart: aggregate))
        where checkpoint < taken.checkpoint {
            if isServed(userRecord) { passage.records.append(taken) } else { passage.strayCount += 1 }
        }
    }

    private func isServed(_ record: AggregatedRecord.UserRecord) -> Bool {
        guard deaggregation == .servedByShard, let hashKeyRange else { return true }
        return hashKeyRange.contains(record.hashKey)
    }
}

extension ConsumerRecord {
    /// The user records of an aggregate that this record holds, numbered by their place in it.
    package func taking(apart aggregate: AggregatedRecord) -> [ConsumerRecord] {
        aggregate.records.enumerated().map { index, userRecord in
            var record = self
            record.subSequenceNumber = Int64(index)
            record.partitionKey = userRecord.partitionKey
            record.explicitHashKey = userRecord.explicitHashKey?.description
            record.data = userRecord.data
            return record
        }
    }
}
