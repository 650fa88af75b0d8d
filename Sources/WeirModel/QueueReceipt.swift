/// One delivery of a record through a queue: what is inside a receipt handle.
public struct QueueReceipt: Hashable, Sendable {
    /// The record's index in the log of the stream.
    public var index: UInt64
    /// Which of the record's deliveries it is.
    public var delivery: UInt32
    /// Whether it was delivered as a dead letter.
    public var isDeadLetter: Bool

    /// A delivery from its parts.
    public init(index: UInt64, delivery: UInt32, isDeadLetter: Bool) {
        self.index = index
        self.delivery = delivery
        self.isDeadLetter = isDeadLetter
    }
}
