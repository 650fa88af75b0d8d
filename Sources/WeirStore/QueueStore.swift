import WeirModel

/// A queue that is to be made.
public struct NewQueue: Sendable {
    /// The name, unique in its account and region.
    public var name: String
    /// The stream whose records it delivers.
    public var stream: StreamDescription
    /// Where it begins.
    public var start: QueueStart
    /// How it delivers.
    public var attributes: QueueAttributes
    /// The tags, by key.
    public var tags: [String: String]

    /// A queue from its parts.
    public init(
        name: String,
        stream: StreamDescription,
        start: QueueStart,
        attributes: QueueAttributes,
        tags: [String: String]
    ) {
        self.name = name
        self.stream = stream
        self.start = start
        self.attributes = attributes
        self.tags = tags
    }
}

/// A record as a queue delivers it.
public struct QueueDelivery: Sendable {
    /// The record.
    public var record: StoredRecord
    /// What tells this delivery apart.
    public var receipt: QueueReceipt
    /// When the record was received for the first time.
    public var firstReceivedAt: Timestamp
    /// How often it was received without being acknowledged, this time included.
    public var receiveCount: Int
}

/// The memory of the answer to a receive: it is taken while there is something to answer with, and not by who waits.
public struct QueueReply: Sendable {
    /// Takes it: records are about to be read. Bytes of records that the answer may have.
    public var take: @Sendable () -> Int
    /// So many bytes were read, and no more will be. With 0 it is given back.
    public var settle: @Sendable (_ bytes: Int) -> Void
    /// The receive waited so many nanoseconds for a record.
    public var didWait: @Sendable (_ nanoseconds: UInt64) -> Void

    /// A memory from its parts.
    public init(
        take: @escaping @Sendable () -> Int,
        settle: @escaping @Sendable (_ bytes: Int) -> Void,
        didWait: @escaping @Sendable (_ nanoseconds: UInt64) -> Void
    ) {
        self.take = take
        self.settle = settle
        self.didWait = didWait
    }
}

/// What a receive asks for.
public struct QueueReceive: Sendable {
    /// Whether dead letters are received, and not records.
    public var isOfDeadLetters: Bool
    /// Records, at most.
    public var maximumCount: Int
    /// Bytes of data and partition keys, at most, unless one record alone has more.
    public var maximumBytes: Int
    /// Seconds for which the records are not visible then; nil for what the queue says.
    public var visibilityTimeoutSeconds: Int?
    /// Seconds to wait for a record, at most.
    public var waitSeconds: Int
    /// The memory of the answer; nil where nobody counts it.
    public var reply: QueueReply?

    /// A receive from its parts.
    public init(
        isOfDeadLetters: Bool = false,
        maximumCount: Int = Limits.maximumQueueRecordCount,
        maximumBytes: Int = Limits.maximumQueueReceiveSizeInBytes,
        visibilityTimeoutSeconds: Int? = nil,
        waitSeconds: Int = Limits.defaultQueueWaitSeconds,
        reply: QueueReply? = nil
    ) {
        self.isOfDeadLetters = isOfDeadLetters
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
        self.waitSeconds = waitSeconds
        self.reply = reply
    }
}

/// Holds queues on streams: what was delivered, and to whom, survives the end of the process.
///
/// Throws as ``StreamStore`` does; `resourceNotFound` when there is no such queue, or it does not deliver in its state.
public protocol QueueStore: Sendable {
    /// Makes a queue. Durable when it returns. Throws `resourceInUse` when there is one of that name, `limitExceeded` when the
    /// stream would have more queues and consumers than `maximumConsumerCount`, `validation` when its capacity mode forbids it.
    func createQueue(_ queue: NewQueue, maximumConsumerCount: Int) async throws(ServiceError) -> QueueDescription

    /// The queue of that ID in its ARN.
    func queue(_ resourceID: String) async throws(ServiceError) -> QueueDescription

    /// The queues by ascending name, after `name`, at most `limit`; those of one stream alone where one is given.
    func queues(after name: String?, limit: Int, ofStream stream: String?) async throws(ServiceError)
        -> [QueueDescription]

    /// Changes how a queue delivers. Throws `resourceInUse` when it is not active.
    func updateQueue(_ resourceID: String, to attributes: QueueAttributes) async throws(ServiceError)
        -> QueueDescription

    /// Deletes a queue. It may stay in sight for a while, as one that is being deleted.
    func deleteQueue(_ resourceID: String) async throws(ServiceError)

    /// Delivers records that are visible, and waits for one where none is. Durable when it returns. Empty when the time is
    /// over, the task is cancelled, or ``endQueueWaits()`` was called.
    func receive(_ receive: QueueReceive, from resourceID: String) async throws(ServiceError) -> [QueueDelivery]

    /// Acknowledges records, of either kind. Tells of each receipt whether it was good. Durable when it returns.
    func acknowledge(_ receipts: [QueueReceipt], in resourceID: String) async throws(ServiceError) -> [Bool]

    /// Lets records become visible so many seconds from now. Tells of each receipt whether it was good.
    func changeVisibility(
        _ changes: [(receipt: QueueReceipt, seconds: Int)],
        in resourceID: String
    ) async throws(ServiceError) -> [Bool]

    /// Makes dead letters records again that are received as any other. Tells of each receipt whether it was good.
    func restore(_ receipts: [QueueReceipt], in resourceID: String) async throws(ServiceError) -> [Bool]

    /// Removes tags of a queue, then sets others. Throws `limitExceeded` when it would have more than `maximumCount`.
    func changeTags(
        queue resourceID: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError)

    /// The policy that is attached to a queue; nil when there is none.
    func policy(queue resourceID: String) async throws(ServiceError) -> String?

    /// The policy that is attached to a queue, as it is known without reading anything, for those who ask whether a call is allowed;
    /// nil when there is none, or no such queue.
    func heldPolicy(queue resourceID: String) -> String?

    /// Attaches a policy to a queue, or removes it when it is nil. Returns whether there was one.
    func setPolicy(_ policy: String?, queue resourceID: String) async throws(ServiceError) -> Bool

    /// What the queues are now, and what became of their records, by the order in which they were made.
    func figures() async throws(ServiceError) -> [QueueFigures]

    /// Lets those go who wait for a record, now and from now on: the server stops.
    func endQueueWaits()
}
