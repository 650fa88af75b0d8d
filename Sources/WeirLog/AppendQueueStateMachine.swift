import DequeModule

/// Which requests of a log wait, which are taken for writing, and when the writer runs.
///
/// Requests keep their order. Their bytes are taken for writing up to a bound; what is beyond it waits until there is
/// room. The writer runs at most once at a time: ``enqueue(_:size:isExclusive:)`` says when to start it, and it goes on
/// asking for its next batch until it is told to stop.
struct AppendQueueStateMachine<Request> {
    /// What to do with a request that was handed in.
    enum EnqueueAction {
        case none
        case startWriter
        case refuse(Request, LogError)
    }

    /// What the writer does next.
    enum WriterAction {
        /// Writes these together.
        case commit([Request], size: Int)
        /// Performs this one alone.
        case perform(Request)
        /// Syncs what was written before.
        case sync
        /// Ends; it will be started anew.
        case stop
    }

    private struct Item {
        var request: Request
        var size: Int
        var isExclusive: Bool
    }

    private let maximumBatchSize: Int
    private let maximumPendingSize: Int
    private let maximumWaitingCount: Int
    private var admitted: Deque<Item> = []
    private var waiting: Deque<Item> = []
    private var isWriterRunning = false
    private var isSyncDue = false
    private var refusal: LogError?
    /// Bytes taken for writing and not yet completed.
    private(set) var pendingSize = 0

    init(maximumBatchSize: Int, maximumPendingSize: Int, maximumWaitingCount: Int) {
        self.maximumBatchSize = maximumBatchSize
        self.maximumPendingSize = maximumPendingSize
        self.maximumWaitingCount = maximumWaitingCount
    }

    /// How many requests wait for room.
    var waitingCount: Int { waiting.count }

    /// Hands in a request. An exclusive one is performed alone, after all before it and before all after it.
    mutating func enqueue(_ request: Request, size: Int, isExclusive: Bool = false) -> EnqueueAction {
        if let refusal { return .refuse(request, refusal) }
        let item = Item(request: request, size: size, isExclusive: isExclusive)
        if waiting.isEmpty, fits(item) {
            admit(item)
        } else if waiting.count < maximumWaitingCount {
            waiting.append(item)
        } else {
            return .refuse(request, LogError(.overloaded, "\(waiting.count) appends wait for the disk already"))
        }
        if isWriterRunning { return .none }
        isWriterRunning = true
        return .startWriter
    }

    /// What was written before is to be synced, ahead of all that waits. True when the writer is to be started for it.
    mutating func requestSync() -> Bool {
        // A log that is being closed syncs, and one that failed does not any more.
        if refusal != nil { return false }
        isSyncDue = true
        if isWriterRunning { return false }
        isWriterRunning = true
        return true
    }

    /// What the writer does next, after it completed what it was given before.
    mutating func next() -> WriterAction {
        if isSyncDue {
            isSyncDue = false
            return .sync
        }
        guard let first = admitted.first else {
            isWriterRunning = false
            return .stop
        }
        if first.isExclusive {
            admitted.removeFirst()
            return .perform(first.request)
        }
        var batch: [Request] = []
        var size = 0
        while let item = admitted.first, !item.isExclusive {
            if !batch.isEmpty, size + item.size > maximumBatchSize { break }
            admitted.removeFirst()
            batch.append(item.request)
            size += item.size
        }
        return .commit(batch, size: size)
    }

    /// Bytes are written or were given up: there is room for others.
    mutating func complete(size: Int) {
        pendingSize -= size
        while let item = waiting.first, fits(item) {
            waiting.removeFirst()
            admit(item)
        }
    }

    /// From now on requests are refused; those handed in before are still performed. False when it was so already.
    mutating func refuse(_ error: LogError) -> Bool {
        if refusal != nil { return false }
        refusal = error
        return true
    }

    /// From now on requests are refused, and so are those that wait: they are answered.
    mutating func fail(_ error: LogError) -> [Request] {
        _ = refuse(error)
        let abandoned = (Array(admitted) + Array(waiting)).map(\.request)
        pendingSize -= admitted.reduce(0) { $0 + $1.size }
        admitted = []
        waiting = []
        return abandoned
    }

    private func fits(_ item: Item) -> Bool { pendingSize == 0 || pendingSize + item.size <= maximumPendingSize }

    private mutating func admit(_ item: Item) {
        pendingSize += item.size
        admitted.append(item)
    }
}
