import WeirModel

/// What a queue knows of the delivery of its records: no I/O, the time passed in.
///
/// A record is in one of three places: *unread* (in a range of indexes of its shard that were not delivered), *tracked* (it was
/// delivered, and is in flight or visible again, perhaps as a dead letter), or gone: neither of both, since it was acknowledged.
/// So what was acknowledged takes no room, in whatever order.
///
/// A change is decided (``receive(_:_:consumed:visibility:at:)``, ``acknowledge(_:at:)``, …), which changes the state and gives
/// the event to write. The same events, applied one after the other, give the same state.
struct QueueStateMachine: Sendable {
    /// The latest time that was told: it never goes back.
    private(set) var time: Int64
    /// So often a record is received before it is a dead letter; nil where none becomes one.
    var maximumReceiveCount: Int?
    /// What was not delivered, by the shard's number. All of a shard that is not named.
    var unread: [UInt32: UnreadRanges]
    /// What was delivered and not acknowledged.
    var tracked = TrackedRecords()

    /// How often a record became visible again: its time was over, or its holder gave it back.
    private(set) var returnedCount: UInt64 = 0
    /// How often a record became a dead letter.
    private(set) var deathCount: UInt64 = 0

    private var alarms = QueueAlarms()
    private var visible = IndexLine()
    private var visibleDeadLetters = IndexLine()

    /// A queue that has delivered nothing.
    init(unread: [UInt32: UnreadRanges], maximumReceiveCount: Int?, at time: Int64) {
        self.unread = unread
        self.maximumReceiveCount = maximumReceiveCount
        self.time = time
    }

    /// A queue from its parts.
    init(
        unread: [UInt32: UnreadRanges],
        tracked: TrackedRecords,
        maximumReceiveCount: Int?,
        at time: Int64
    ) {
        self.init(unread: unread, maximumReceiveCount: maximumReceiveCount, at: time)
        self.tracked = tracked
        setAlarms(after: .min)
    }

    // MARK: Time

    /// Time goes on: what is visible by then stands in line, and what was received too often is a dead letter.
    mutating func settle(at now: Int64) {
        time = max(time, now)
        while let next = alarms.first, next.time <= time {
            alarms.removeFirst()
            guard let record = tracked[next.index], record.visibleAt == next.time else { continue }
            becomeVisible(record)
        }
    }

    mutating func becomeVisible(_ record: TrackedRecord) {
        if record.isDeadLetter {
            visibleDeadLetters.append(record.index)
        } else if let maximumReceiveCount, record.receiveCount >= maximumReceiveCount {
            var record = record
            record.isDeadLetter = true
            tracked.set(record)
            deathCount += 1
            visibleDeadLetters.append(record.index)
        } else {
            returnedCount += 1
            visible.append(record.index)
        }
    }

    /// Counts anew: what was read from a log was counted by another process.
    mutating func forgetCounts() { (returnedCount, deathCount) = (0, 0) }

    /// When the next record becomes visible; nil when none is in flight.
    mutating func nextVisibleAt() -> Int64? {
        while let next = alarms.first {
            if tracked[next.index]?.visibleAt == next.time { return next.time }
            alarms.removeFirst()
        }
        return nil
    }

    /// Whether a record stands in line to be received again. It may have become something else meanwhile.
    func mayHaveVisible(_ path: QueuePath) -> Bool {
        switch path {
        case .records: !visible.isEmpty
        case .deadLetters: !visibleDeadLetters.isEmpty
        }
    }

    /// Tracks a record as it is now.
    mutating func put(_ record: TrackedRecord) {
        tracked.set(record)
        alarms.insert(.init(time: record.visibleAt, index: record.index))
    }

    // MARK: Receive

    /// Takes records out of the line that may be received again now, those first that have waited for longest. Those that are
    /// not received then must be put back.
    mutating func takeVisible(_ path: QueuePath, maximumCount: Int, at now: Int64) -> [TrackedRecord] {
        settle(at: now)
        var taken: [TrackedRecord] = []
        var seen: Set<UInt64> = []
        while taken.count < maximumCount {
            let next =
                switch path {
                case .records: visible.popFirst()
                case .deadLetters: visibleDeadLetters.popFirst()
                }
            guard let next else { break }
            guard let record = tracked[next], isVisible(record, path), seen.insert(next).inserted else { continue }
            taken.append(record)
        }
        return taken
    }

    /// Puts records back into the line.
    mutating func putBack(_ indexes: [UInt64], _ path: QueuePath) {
        switch path {
        case .records: visible.putBack(indexes)
        case .deadLetters: visibleDeadLetters.putBack(indexes)
        }
    }

    func isVisible(_ record: TrackedRecord, _ path: QueuePath) -> Bool {
        record.visibleAt <= time && record.isDeadLetter == (path == .deadLetters)
    }

    /// A record that is to be delivered.
    struct Candidate: Hashable, Sendable {
        /// Its index in the stream's log.
        var index: UInt64
        /// Its shard's number.
        var shard: UInt32
        /// Whether it was delivered before.
        var isRedelivery: Bool
    }

    /// Delivers records: those of the candidates that are still to be had. Nil when there are none, and nothing was consumed.
    mutating func receive(
        _ path: QueuePath,
        _ candidates: [Candidate],
        consumed: [QueueEvent.Consumed] = [],
        visibility: Int64,
        at now: Int64
    ) -> (entry: QueueEntry, undo: QueueUndo, records: [TrackedRecord])? {
        settle(at: now)
        var records: [TrackedRecord] = []
        var before: [TrackedRecord?] = []
        records.reserveCapacity(candidates.count)
        before.reserveCapacity(candidates.count)
        // Mostly those of a shard come one after the other.
        var shard: (number: UInt32, unread: UnreadRanges?)?
        for candidate in candidates {
            let known = tracked[candidate.index]
            if candidate.isRedelivery {
                guard let known, isVisible(known, path) else { continue }
            } else {
                if shard?.number != candidate.shard { shard = (candidate.shard, unread[candidate.shard]) }
                guard known == nil, shard?.unread?.contains(candidate.index) ?? true else { continue }
            }
            records.append(
                TrackedRecord(
                    index: candidate.index,
                    shard: candidate.shard,
                    delivery: (known?.delivery ?? 0) &+ 1,
                    receiveCount: (known?.receiveCount ?? 0) + 1,
                    firstReceivedAt: known?.firstReceivedAt ?? time,
                    visibleAt: time + visibility,
                    isDeadLetter: path == .deadLetters
                )
            )
            before.append(known)
        }
        guard !records.isEmpty || !consumed.isEmpty else { return nil }
        let received = QueueEvent.Received(records: records, consumed: consumed)
        let entry = QueueEntry(time: time, event: .received(received))
        apply(entry)
        return (entry, .received(received, before: before), records)
    }

    // MARK: Memory

    /// Bytes of memory that are taken for what was delivered.
    var byteCount: Int {
        tracked.byteCount + alarms.byteCount + visible.byteCount + visibleDeadLetters.byteCount
    }

    /// Alarms and places in line of records that are gone are let go when they are more than the others.
    mutating func tidy() {
        let limit = tracked.count + 64
        if alarms.count > limit + tracked.count / 4 {
            settle(at: time)
            setAlarms(after: time)
        }
        guard visible.count > limit || visibleDeadLetters.count > limit else { return }
        let (tracked, time) = (tracked, time)
        func isStanding(_ index: UInt64, _ isDeadLetter: Bool) -> Bool {
            tracked[index].map { $0.visibleAt <= time && $0.isDeadLetter == isDeadLetter } ?? false
        }
        if visible.count > limit { visible.keep { isStanding($0, false) } }
        if visibleDeadLetters.count > limit { visibleDeadLetters.keep { isStanding($0, true) } }
    }

    /// Sets the alarms of the records that become visible after a time, and no others.
    private mutating func setAlarms(after time: Int64) {
        var needed: [QueueAlarms.Alarm] = []
        var count = 0
        tracked.forEach { if $0.visibleAt > time { count += 1 } }
        needed.reserveCapacity(count)
        tracked.forEach { record in
            if record.visibleAt > time { needed.append(.init(time: record.visibleAt, index: record.index)) }
        }
        alarms.replaceAll(needed)
    }
}
