/// What happened to the records of a queue. The state of a queue is what its events make of it, one after the other.
///
/// Events say what became of a record, not by how much it changed: an event that follows one which never reached the disk still
/// means the same.
enum QueueEvent: Hashable, Sendable {
    /// Records were delivered.
    case received(Received)
    /// The records of these indexes were acknowledged, or are no more: they leave the queue.
    case acknowledged([UInt64])
    /// Records become visible at other times.
    case visibilityChanged([VisibilityChange])
    /// Dead letters may be received as any other record again, and their receives are counted anew.
    case restored([UInt64])
    /// The records below an index have aged out.
    case trimmed(below: UInt64)
    /// A record that was received so often becomes a dead letter; with nil none does.
    case configured(maximumReceiveCount: Int?)
    /// The stream has these shards no more.
    case shardsForgotten([UInt32])

    /// Records that were delivered together.
    struct Received: Hashable, Sendable {
        /// The records as they are with this delivery.
        var records: [TrackedRecord]
        /// Indexes of shards at which there is nothing more to deliver for the first time.
        var consumed: [Consumed]

        /// Whether the index of a record is among these.
        func consumes(_ record: TrackedRecord) -> Bool {
            consumed.contains { $0.shard == record.shard && $0.range.contains(record.index) }
        }
    }

    /// Indexes of a shard.
    struct Consumed: Hashable, Sendable {
        /// The shard's number.
        var shard: UInt32
        /// The indexes. Whatever records the shard has there were delivered, or cannot be.
        var range: Range<UInt64>
    }

    /// When a record becomes visible.
    struct VisibilityChange: Hashable, Sendable {
        /// The record.
        var index: UInt64
        /// Milliseconds since 1970.
        var visibleAt: Int64
    }
}

/// An event with its time.
struct QueueEntry: Hashable, Sendable {
    /// Milliseconds since 1970; never less than that of the entry before it.
    var time: Int64
    /// What happened.
    var event: QueueEvent
}

/// What is needed to take a change back that did not reach the disk.
enum QueueUndo: Sendable {
    /// Nothing: the change may stay.
    case nothing
    /// Records were delivered: what they were before, nil where they were not tracked.
    case received(QueueEvent.Received, before: [TrackedRecord?])
    /// Records left the queue: what they were.
    case acknowledged([TrackedRecord])
    /// Records became something else: what they were.
    case changed([TrackedRecord])
}

/// What of a queue a call is about.
enum QueuePath: Hashable, Sendable {
    /// The records.
    case records
    /// Those that became dead letters.
    case deadLetters
}
