import DequeModule
import HeapModule
import WeirClient
import WeirModel
import WeirWire

/// Decides what a producer does: which records go in which call and when, which are sent again, which fail, and which
/// puts wait for room. It does nothing itself; each event returns the actions that follow from it.
///
/// Times are nanoseconds of a clock that only goes forward. `Ticket` is what the shell knows an accepted record by.
///
/// A record is, from acceptance to completion, in one of four places:
///
/// - *blocked*: another record of its partition key comes first (only with order per partition key)
/// - *ready*: goes with the next call
/// - *on its way*: in a call that was not answered yet
/// - *backing off*: waits to be sent again
struct ProducerStateMachine<Ticket: Sendable>: Sendable {
    /// The number of an accepted record, from 1 in the order of acceptance.
    typealias RecordID = UInt64

    struct Batch: Sendable {
        var id: UInt64
        var entries: [PutRecordsRequestEntry]
        /// How many of them were sent before.
        var repeatedCount: Int
    }

    enum Action: Sendable {
        /// Call PutRecords and report its end as `responded` or `requestFailed`.
        case send(Batch)
        /// Report `tick` at this time.
        case wake(at: UInt64)
        /// Tell who put the record.
        case complete(Ticket, Result<PutReceipt, ProducerError>)
        /// A waiting put is accepted now.
        case admit(waiter: UInt64)
        /// A waiting put is not accepted any more.
        case refuse(waiter: UInt64, ProducerError)
        /// All records that were accepted before the flush are complete.
        case flushed(UInt64)
        /// The producer has ended: nothing is accepted, and everything that was is complete.
        case finish
    }

    enum Admission: Sendable {
        case accepted
        /// There is no room; an action `admit` or `refuse` will follow.
        case waiting(UInt64)
        case refused(ProducerError)
    }

    private enum Place { case blocked, ready, onItsWay, backingOff }

    private struct Entry {
        var record: ProducerRecord
        var ticket: Ticket
        var acceptedAt: UInt64
        var attempts = 0
        var place = Place.blocked
        var lastError: ServiceError?
    }

    private struct Waiter {
        var id: UInt64
        var record: ProducerRecord
        var ticket: Ticket
    }

    private struct Flush {
        var id: UInt64
        var lastRecord: RecordID
        var incompleteCount: Int
    }

    private struct Due: Comparable {
        var time: UInt64
        var record: RecordID
        static func < (left: Due, right: Due) -> Bool { (left.time, left.record) < (right.time, right.record) }
    }

    private enum Life { case open, ending, ended }

    private let configuration: ProducerConfiguration
    private let retryPolicy: RetryPolicy
    private let linger: UInt64
    private let timeToLive: UInt64
    private let keepsOrder: Bool

    private var life = Life.open
    private var lastID: UInt64 = 0
    /// All records that are not complete.
    private var records: [RecordID: Entry] = [:]
    /// In the order of acceptance, which is the order of expiry; may name records that are complete.
    private var expiries: Deque<RecordID> = []
    /// May name records that are complete.
    private var ready: Deque<RecordID> = []
    private var readyCount = 0
    private var readySizeInBytes = 0
    /// When the records that are ready have waited long enough for company.
    private var readyDueAt: UInt64?
    /// By partition key, the records behind the one that is elsewhere. A key is here while a record of it is elsewhere.
    private var blocked: [String: Deque<RecordID>] = [:]
    private var backingOff = Heap<Due>()
    private var onTheirWay: [UInt64: [RecordID]] = [:]
    private var waiters: Deque<Waiter> = []
    private var flushes: [Flush] = []
    /// Times at which the shell will report a tick. A time is added only before all others, so there are few.
    private var wakes: [UInt64] = []

    /// Bytes of the records that are not complete.
    private(set) var bufferedSizeInBytes = 0
    var incompleteCount: Int { records.count }
    var callsOnTheirWay: Int { onTheirWay.count }
    var waitingCount: Int { waiters.count }
    var wakeCount: Int { wakes.count }

    init(configuration: ProducerConfiguration) {
        self.configuration = configuration
        retryPolicy = configuration.retryPolicy
        linger = configuration.linger.wholeNanoseconds
        timeToLive = configuration.recordTimeToLive.wholeNanoseconds
        keepsOrder = configuration.ordering == .perPartitionKey
    }

    // MARK: Events

    /// Someone puts a record.
    mutating func put(_ record: ProducerRecord, ticket: Ticket, now: UInt64) -> (Admission, [Action]) {
        guard life == .open else { return (.refused(Self.shutDown), []) }
        guard waiters.isEmpty, hasRoom(for: record) else {
            lastID += 1
            waiters.append(Waiter(id: lastID, record: record, ticket: ticket))
            return (.waiting(lastID), [])
        }
        accept(record, ticket: ticket, now: now)
        var actions: [Action] = []
        decide(now: now, &actions)
        return (.accepted, actions)
    }

    /// A put does not wait for room any longer. False when it was accepted or refused before.
    mutating func cancelWaiting(_ waiter: UInt64, now: UInt64) -> (Bool, [Action]) {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return (false, []) }
        waiters.remove(at: index)
        var actions: [Action] = []
        // A smaller record behind it may fit now.
        decide(now: now, &actions)
        return (true, actions)
    }

    /// Someone waits for all records accepted until now; nil when there are none.
    mutating func flush(now: UInt64) -> (UInt64?, [Action]) {
        guard !records.isEmpty else { return (nil, []) }
        lastID += 1
        let flush = Flush(id: lastID, lastRecord: lastID, incompleteCount: records.count)
        flushes.append(flush)
        var actions: [Action] = []
        decide(now: now, &actions)
        return (flush.id, actions)
    }

    /// A call was answered, with a result for each of its records.
    mutating func responded(
        _ batch: UInt64,
        results: [PutRecordsResultEntry],
        now: UInt64,
        jitter: Double
    ) -> [Action] {
        guard let ids = onTheirWay[batch] else { return [] }
        guard results.count == ids.count else {
            let error = ServiceError(
                .malformedResponse,
                "PutRecords answered \(results.count) results for \(ids.count) records."
            )
            return requestFailed(batch, error: error, now: now, jitter: jitter)
        }
        onTheirWay[batch] = nil
        var actions: [Action] = []
        for (id, result) in zip(ids, results) {
            if result.errorCode == nil, let shardID = result.shardID, let number = result.sequenceNumber {
                let attempts = records[id]?.attempts ?? 1
                let receipt = PutReceipt(shardID: shardID, sequenceNumber: number, attempts: attempts)
                complete(id, .success(receipt), &actions)
            } else {
                let code = result.errorCode.map(ServiceError.Code.init(rawValue:)) ?? .malformedResponse
                let error = ServiceError(code, result.errorMessage ?? "PutRecords gave no number for the record.")
                sendAgainOrFail(id, error: error, now: now, jitter: jitter, &actions)
            }
        }
        decide(now: now, &actions)
        return actions
    }

    /// A call failed as a whole.
    mutating func requestFailed(_ batch: UInt64, error: ServiceError, now: UInt64, jitter: Double) -> [Action] {
        guard let ids = onTheirWay.removeValue(forKey: batch) else { return [] }
        var actions: [Action] = []
        for id in ids { sendAgainOrFail(id, error: error, now: now, jitter: jitter, &actions) }
        decide(now: now, &actions)
        return actions
    }

    /// A time that an action `wake` asked for has come.
    mutating func tick(now: UInt64) -> [Action] {
        wakes.removeAll { $0 <= now }
        var actions: [Action] = []
        decide(now: now, &actions)
        return actions
    }

    /// Accept no further puts, complete what was accepted or waits for room, then finish.
    mutating func shutDown(now: UInt64) -> [Action] {
        guard life == .open else { return [] }
        life = .ending
        var actions: [Action] = []
        decide(now: now, &actions)
        return actions
    }

    /// End now: everything that is not complete fails.
    mutating func abort() -> [Action] {
        guard life != .ended else { return [] }
        life = .ended
        var actions: [Action] = []
        for waiter in waiters { actions.append(.refuse(waiter: waiter.id, Self.shutDown)) }
        waiters = []
        blocked = [:]
        onTheirWay = [:]
        for id in records.keys.sorted() {
            let error = ProducerError(
                .shutDown,
                "The producer was stopped before the record was acknowledged.",
                cause: records[id]?.lastError
            )
            complete(id, .failure(error), &actions)
        }
        ready = []
        expiries = []
        backingOff = Heap()
        actions.append(.finish)
        return actions
    }

    // MARK: Decisions

    private static var shutDown: ProducerError { ProducerError(.shutDown, "The producer has been shut down.") }

    private mutating func decide(now: UInt64, _ actions: inout [Action]) {
        guard life != .ended else { return }
        expire(now: now, &actions)
        endBackOff(now: now)
        while let waiter = waiters.first, hasRoom(for: waiter.record) {
            waiters.removeFirst()
            accept(waiter.record, ticket: waiter.ticket, now: now)
            actions.append(.admit(waiter: waiter.id))
        }
        while readyCount > 0, onTheirWay.count < configuration.maximumConcurrentCalls, isDue(now: now) {
            actions.append(.send(makeBatch()))
        }
        if life == .ending, records.isEmpty, waiters.isEmpty {
            life = .ended
            actions.append(.finish)
            return
        }
        if let next = nextDecision(), wakes.allSatisfy({ next < $0 }) {
            wakes.append(next)
            actions.append(.wake(at: next))
        }
    }

    private func hasRoom(for record: ProducerRecord) -> Bool {
        bufferedSizeInBytes + record.bufferedSizeInBytes <= configuration.maximumBufferedSizeInBytes
    }

    private mutating func accept(_ record: ProducerRecord, ticket: Ticket, now: UInt64) {
        lastID += 1
        records[lastID] = Entry(record: record, ticket: ticket, acceptedAt: now)
        bufferedSizeInBytes += record.bufferedSizeInBytes
        if expiries.count > 2 * records.count + 64 { expiries.removeAll { records[$0] == nil } }
        expiries.append(lastID)
        if keepsOrder {
            if blocked[record.partitionKey]?.append(lastID) != nil { return }
            blocked[record.partitionKey] = []
        }
        makeReady(lastID)
    }

    private mutating func makeReady(_ id: RecordID, atFront: Bool = false) {
        guard let entry = records[id] else { return }
        records[id]?.place = .ready
        if atFront { ready.prepend(id) } else { ready.append(id) }
        readyCount += 1
        readySizeInBytes += entry.record.sizeInBytes
        let dueAt = entry.acceptedAt + linger
        readyDueAt = readyDueAt.map { min($0, dueAt) } ?? dueAt
    }

    /// Fails the records whose time to live has passed, but for those on their way: how they end is not known.
    private mutating func expire(now: UInt64, _ actions: inout [Action]) {
        while let id = expiries.first {
            if let entry = records[id] {
                guard entry.acceptedAt + timeToLive <= now else { break }
                if entry.place != .onItsWay { complete(id, .failure(expired(entry)), &actions) }
            }
            expiries.removeFirst()
        }
    }

    private func expired(_ entry: Entry) -> ProducerError {
        let why = entry.lastError.map { ": \($0)" } ?? "."
        return ProducerError(
            .expired,
            "The record was not put within \(configuration.recordTimeToLive), in \(entry.attempts) attempts\(why)",
            cause: entry.lastError
        )
    }

    private mutating func endBackOff(now: UInt64) {
        var due: [RecordID] = []
        while let first = backingOff.min, first.time <= now {
            backingOff.removeMin()
            due.append(first.record)
        }
        // In front of younger records, the oldest first.
        for id in due.sorted(by: >) { makeReady(id, atFront: true) }
    }

    private func isDue(now: UInt64) -> Bool {
        readyCount >= configuration.maximumBatchCount || readySizeInBytes >= configuration.maximumBatchSizeInBytes
            || !flushes.isEmpty || life == .ending || readyDueAt.map { $0 <= now } ?? false
    }

    private mutating func makeBatch() -> Batch {
        lastID += 1
        var batch = Batch(id: lastID, entries: [], repeatedCount: 0)
        var ids: [RecordID] = []
        var size = 0
        while let id = ready.first {
            guard let entry = records[id] else {
                ready.removeFirst()
                continue
            }
            // A first record always goes, also when a small bound on the size of calls is less than its size.
            let fits = size + entry.record.sizeInBytes <= configuration.maximumBatchSizeInBytes
            guard ids.isEmpty || (fits && ids.count < configuration.maximumBatchCount) else { break }
            ready.removeFirst()
            readyCount -= 1
            readySizeInBytes -= entry.record.sizeInBytes
            size += entry.record.sizeInBytes
            records[id]?.place = .onItsWay
            records[id]?.attempts += 1
            if entry.attempts > 0 { batch.repeatedCount += 1 }
            batch.entries.append(entry.record.entry)
            ids.append(id)
        }
        onTheirWay[batch.id] = ids
        readyDueAt = ready.first.flatMap { records[$0] }.map { $0.acceptedAt + linger }
        return batch
    }

    private mutating func sendAgainOrFail(
        _ id: RecordID,
        error: ServiceError,
        now: UInt64,
        jitter: Double,
        _ actions: inout [Action]
    ) {
        guard var entry = records[id] else { return }
        entry.lastError = error
        guard error.isRetryable else {
            let refusal = ProducerError(.refused, "The service refused the record: \(error)", cause: error)
            return complete(id, .failure(refusal), &actions)
        }
        let bound = retryPolicy.delayBound(repetition: entry.attempts, isThrottling: error.isThrottling)
        let dueAt = now + (bound * jitter).wholeNanoseconds
        guard dueAt < entry.acceptedAt + timeToLive else {
            return complete(id, .failure(expired(entry)), &actions)
        }
        entry.place = .backingOff
        records[id] = entry
        backingOff.insert(Due(time: dueAt, record: id))
    }

    private mutating func complete(
        _ id: RecordID,
        _ result: Result<PutReceipt, ProducerError>,
        _ actions: inout [Action]
    ) {
        guard let entry = records.removeValue(forKey: id) else { return }
        bufferedSizeInBytes -= entry.record.bufferedSizeInBytes
        if entry.place == .ready {
            readyCount -= 1
            readySizeInBytes -= entry.record.sizeInBytes
        }
        actions.append(.complete(entry.ticket, result))
        if entry.place != .blocked { unblock(entry.record.partitionKey) }
        for index in flushes.indices where id <= flushes[index].lastRecord { flushes[index].incompleteCount -= 1 }
        for flush in flushes where flush.incompleteCount == 0 { actions.append(.flushed(flush.id)) }
        flushes.removeAll { $0.incompleteCount == 0 }
    }

    /// The next record of a key may go.
    private mutating func unblock(_ partitionKey: String) {
        guard var behind = blocked.removeValue(forKey: partitionKey) else { return }
        while let id = behind.popFirst() {
            guard records[id] != nil else { continue }
            blocked[partitionKey] = behind
            makeReady(id)
            return
        }
    }

    /// When there is something to decide again without another event.
    private func nextDecision() -> UInt64? {
        let expiry = expiries.first.flatMap { records[$0] }.map { $0.acceptedAt + timeToLive }
        let canSend = readyCount > 0 && onTheirWay.count < configuration.maximumConcurrentCalls
        return [expiry, backingOff.min?.time, canSend ? readyDueAt : nil].compactMap(\.self).min()
    }
}

extension Duration {
    /// Nanoseconds, zero when negative.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        // 100 years: far beyond every use, and far below an overflow.
        return UInt64(min(seconds, 3_153_600_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
