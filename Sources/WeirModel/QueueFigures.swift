/// A queue at a moment: what waits in it, and what became of its records since the process began.
public struct QueueFigures: Hashable, Sendable {
    /// What became of records.
    public struct Counts: Hashable, Sendable {
        /// Deliveries of records.
        public var received: UInt64 = 0
        /// Those of them that were not the first of their record.
        public var redelivered: UInt64 = 0
        /// Records that were acknowledged.
        public var acknowledged: UInt64 = 0
        /// Receives, of either kind, that waited in vain.
        public var emptyReceives: UInt64 = 0
        /// Records that became visible again: their time was over, or their holder gave them back.
        public var returned: UInt64 = 0
        /// Records that became dead letters.
        public var died: UInt64 = 0
        /// Deliveries of dead letters.
        public var receivedDeadLetters: UInt64 = 0
        /// Dead letters that were acknowledged.
        public var acknowledgedDeadLetters: UInt64 = 0
        /// Dead letters that were restored.
        public var restored: UInt64 = 0

        /// Nothing counted.
        public init() {}

        /// Adds the counts of another queue.
        public static func += (sum: inout Counts, other: Counts) {
            sum.received += other.received
            sum.redelivered += other.redelivered
            sum.acknowledged += other.acknowledged
            sum.emptyReceives += other.emptyReceives
            sum.returned += other.returned
            sum.died += other.died
            sum.receivedDeadLetters += other.receivedDeadLetters
            sum.acknowledgedDeadLetters += other.acknowledgedDeadLetters
            sum.restored += other.restored
        }
    }

    /// The queue's name.
    public var name: String
    /// The ID in the queue's ARN.
    public var resourceID: String
    /// Records that may be received now, counted up to ``Limits/maximumCountedQueueRecordCount``.
    public var visible = 0
    /// Records that were received and whose time is not over.
    public var inFlight = 0
    /// Dead letters that may be received now.
    public var visibleDeadLetters = 0
    /// Dead letters that were received and whose time is not over.
    public var deadLettersInFlight = 0
    /// Milliseconds since the oldest record arrived that was not acknowledged and is no dead letter; 0 where there is none.
    public var oldestAgeMilliseconds: Int64 = 0
    /// Receives that wait for a record.
    public var waitingReceives = 0
    /// What became of records.
    public var counts = Counts()

    /// A queue in which nothing waits.
    public init(name: String, resourceID: String) {
        self.name = name
        self.resourceID = resourceID
    }

    /// Adds another queue.
    public static func += (sum: inout QueueFigures, other: QueueFigures) {
        sum.visible += other.visible
        sum.inFlight += other.inFlight
        sum.visibleDeadLetters += other.visibleDeadLetters
        sum.deadLettersInFlight += other.deadLettersInFlight
        sum.oldestAgeMilliseconds = max(sum.oldestAgeMilliseconds, other.oldestAgeMilliseconds)
        sum.waitingReceives += other.waitingReceives
        sum.counts += other.counts
    }
}
