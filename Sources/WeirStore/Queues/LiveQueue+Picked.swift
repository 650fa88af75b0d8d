import NIOCore
import WeirModel

extension LiveQueue {
    /// What was picked for one receive.
    struct Picked {
        /// The records, and beside each what is to be decided about it: ten at most, so that one is found soon.
        var records: [StoredRecord] = []
        var candidates: [QueueStateMachine.Candidate] = []
        /// Shards whose turn it was.
        var shards: Set<ShardID> = []
        var consumed: [QueueEvent.Consumed] = []
        /// Tracked records that the stream does not have any more.
        var missing: [UInt64] = []
        var byteCount = 0
        /// Bytes that there is room for, but for the first record.
        var maximumBytes = Int.max
        /// Whether a record was left for which there was no room.
        var isFull = false
        var change: QueueJournal.Change<[TrackedRecord]>?
        var dropped: QueueJournal.Change<Void>?

        /// Whether a receive takes more.
        func hasRoom(_ receive: QueueReceive) -> Bool {
            candidates.count < receive.maximumCount && (byteCount < receive.maximumBytes || candidates.isEmpty)
                && !isFull
        }

        /// Makes room for what a receive takes.
        mutating func reserve(_ receive: QueueReceive) {
            let count = min(receive.maximumCount, Limits.maximumQueueRecordCount)
            records.reserveCapacity(count)
            candidates.reserveCapacity(count)
        }

        /// Whether a record was taken.
        func has(_ index: UInt64) -> Bool { candidates.contains { $0.index == index } }

        /// Takes a record. False when there is no room for it.
        mutating func take(_ record: StoredRecord, isRedelivery: Bool) -> Bool {
            let number = record.sequenceNumber
            guard !has(number.index) else { return true }
            let size = record.data.readableBytes + record.partitionKey.utf8.count
            guard candidates.isEmpty || byteCount + size <= maximumBytes else {
                isFull = true
                return false
            }
            records.append(record)
            byteCount += size
            candidates.append(.init(index: number.index, shard: number.shard, isRedelivery: isRedelivery))
            return true
        }
    }
}
