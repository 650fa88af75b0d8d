import NIOCore
import WeirLogSimulation
import WeirModel

@testable import WeirStore

/// Something that is wrong on purpose: the model has to find each.
enum QueueDefect: CaseIterable {
    case acknowledgementIsNotWritten, deliveryIsNotWritten, visibilityIsNotWritten, restoreIsNotWritten
    case oldReceiptIsGood, deathComesLate, deathComesEarly, restoreKeepsTheCount, cursorRunsAhead
    case visibleTooEarly, failureIsNotTakenBack, redeliveryKeepsTheReceipt
}

/// What a queue has to do, record by record and as plainly as can be.
struct QueueModel {
    struct Record {
        var shard: UInt32
        var arrival: Int64
        var receipt: QueueReceipt?
        var receiveCount = 0
        var firstReceivedAt: Int64?
        var visibleAt: Int64 = .min
        var isDead = false
        var isAcknowledged = false
    }

    var records: [UInt64: Record] = [:]
    var maximumReceiveCount: Int?
    var violations: [String] = []

    /// Records that were received too often and whose time is over are dead.
    mutating func settle(at now: Int64) {
        guard let maximumReceiveCount else { return }
        for (index, record) in records where record.receiveCount >= maximumReceiveCount && record.visibleAt <= now {
            records[index]?.isDead = true
        }
    }

    /// A record was delivered.
    mutating func delivered(_ given: TrackedRecord, _ path: QueuePath, visibility: Int64, at now: Int64) {
        guard var record = records[given.index] else {
            violations.append("\(given.index) was never put")
            return
        }
        if record.isAcknowledged { violations.append("\(given.index) came back") }
        if record.visibleAt > now { violations.append("\(given.index) has two holders") }
        if record.isDead != (path == .deadLetters) { violations.append("\(given.index) took the wrong path") }
        record.receiveCount += 1
        record.firstReceivedAt = record.firstReceivedAt ?? now
        if given.receiveCount != record.receiveCount { violations.append("\(given.index) was counted wrong") }
        if given.firstReceivedAt != record.firstReceivedAt { violations.append("\(given.index): first receive") }
        record.visibleAt = now + visibility
        record.receipt = QueueReceipt(
            index: given.index,
            delivery: given.delivery,
            isDeadLetter: path == .deadLetters
        )
        records[given.index] = record
    }

    /// Whether a receipt has to be taken.
    func isGood(_ receipt: QueueReceipt) -> Bool {
        guard let record = records[receipt.index] else { return false }
        return record.receipt == receipt && !record.isAcknowledged
    }

    /// What becomes of a record whose last change may have reached the disk or not: what the queue says.
    mutating func resolve(_ index: UInt64, _ machine: QueueStateMachine) {
        guard var record = records[index] else { return }
        if let tracked = machine.tracked[index] {
            record.receiveCount = tracked.receiveCount
            record.firstReceivedAt = tracked.firstReceivedAt
            record.visibleAt = tracked.visibleAt
            record.isDead = tracked.isDeadLetter
            if record.receipt?.delivery != tracked.delivery { record.receipt = nil }
        } else {
            record.isAcknowledged = machine.unread[record.shard].map { !$0.contains(index) } ?? false
        }
        records[index] = record
    }
}

/// One history of a queue, from a seed, against the model: in virtual time, on a log that is a list of payloads.
struct QueueHistory {
    private var random: SeededRandom
    private let defect: QueueDefect?
    private var machine: QueueStateMachine
    private(set) var model = QueueModel()
    private var now: Int64 = 1_000_000
    private var nextIndex: UInt64 = 1
    private var shards: [UInt32] = [0, 1]
    private var open: [UInt32] = [0, 1]
    private var receipts: [QueueReceipt] = []
    private var log: [ByteBuffer] = []
    private(set) var counts = Counts()

    struct Counts {
        var delivered = 0, redelivered = 0, dead = 0, restored = 0, acknowledged = 0, refused = 0, crashes = 0
        var failures = 0, aged = 0

        static func += (sum: inout Self, other: Self) {
            sum.delivered += other.delivered
            sum.redelivered += other.redelivered
            sum.dead += other.dead
            sum.restored += other.restored
            sum.acknowledged += other.acknowledged
            sum.refused += other.refused
            sum.crashes += other.crashes
            sum.failures += other.failures
            sum.aged += other.aged
        }
    }

    init(seed: UInt64, defect: QueueDefect? = nil) {
        random = SeededRandom(seed: seed)
        self.defect = defect
        let maximum = random.once(in: 4) ? nil : 1 + random.below(3)
        machine = QueueStateMachine(
            unread: [0: UnreadRanges(from: 0), 1: UnreadRanges(from: 0)],
            maximumReceiveCount: maximum,
            at: now
        )
        model.maximumReceiveCount = maximum
        writeSnapshot()
        if let maximum, defect == .deathComesLate { machine.maximumReceiveCount = maximum + 1 }
        if let maximum, defect == .deathComesEarly { machine.maximumReceiveCount = maximum - 1 }
    }

    /// Runs it to its end, at which everything is delivered and acknowledged.
    mutating func run() -> [String] {
        for _ in 0..<60 + random.below(60) {
            now += Int64(random.below(4) == 0 ? random.below(40) : 0)
            model.settle(at: now)
            step()
            if !model.violations.isEmpty { return model.violations }
        }
        drain()
        return model.violations
    }

    private mutating func step() {
        switch random.below(20) {
        case 0..<5: put()
        case 5..<10: receive(.records)
        case 10..<12: receive(.deadLetters)
        case 12..<15: acknowledge()
        case 15: changeVisibility()
        case 16: restore()
        case 17: random.once(in: 2) ? split() : configure()
        case 18: random.once(in: 3) ? trim() : writeSnapshot()
        default: crash(nil)
        }
    }

    private mutating func put() {
        for _ in 0..<1 + random.below(4) {
            let shard = open[random.below(open.count)]
            model.records[nextIndex] = QueueModel.Record(shard: shard, arrival: now)
            nextIndex += 1 + UInt64(random.below(2))
        }
    }

    private mutating func receive(_ path: QueuePath) {
        let visibility = Int64(random.below(5) == 0 ? 0 : 5 + random.below(30))
        let limit = 1 + random.below(6)
        if defect == .visibleTooEarly, random.once(in: 3) { machine.settle(at: now + 10) }
        let again = machine.takeVisible(path, maximumCount: random.below(limit + 1), at: now)
        var candidates = again.map { QueueStateMachine.Candidate(index: $0.index, shard: $0.shard, isRedelivery: true) }
        var consumed: [QueueEvent.Consumed] = []
        if path == .records { (candidates, consumed) = adding(limit - again.count, to: candidates) }
        guard
            let (entry, undo, given) = machine.receive(
                path,
                candidates,
                consumed: consumed,
                visibility: visibility,
                at: now
            )
        else { return }
        let isWritten = defect != .deliveryIsNotWritten
        guard write(entry, undo, touched: given.map(\.index), isWritten: isWritten) else { return }
        for record in given where defect == .redeliveryKeepsTheReceipt && record.delivery > 1 {
            var wrong = record
            wrong.delivery -= 1
            machine.put(wrong)
        }
        for record in given {
            counts.delivered += 1
            if record.receiveCount > 1 { counts.redelivered += 1 }
            if path == .deadLetters { counts.dead += 1 }
            model.delivered(record, path, visibility: visibility, at: now)
            receipts.append(.init(index: record.index, delivery: record.delivery, isDeadLetter: path == .deadLetters))
        }
    }

    /// Reads on in one shard.
    private mutating func adding(
        _ limit: Int,
        to candidates: [QueueStateMachine.Candidate]
    ) -> ([QueueStateMachine.Candidate], [QueueEvent.Consumed]) {
        let shard = shards[random.below(shards.count)]
        guard limit > 0, let range = (machine.unread[shard] ?? UnreadRanges(from: 0)).first else {
            return (candidates, [])
        }
        let there = model.records.filter { $0.value.shard == shard && range.contains($0.key) }.keys.sorted()
        let read = there.prefix(limit)
        var end = read.last.map { $0 + 1 } ?? range.lowerBound
        if defect == .cursorRunsAhead, there.count > read.count { end = there[read.count] + 1 }
        let isOver = !open.contains(shard) && read.count == there.count
        let consumed = QueueEvent.Consumed(shard: shard, range: range.lowerBound..<(isOver ? range.upperBound : end))
        let fresh = read.map { QueueStateMachine.Candidate(index: $0, shard: shard, isRedelivery: false) }
        return (candidates + fresh, consumed.range.isEmpty ? [] : [consumed])
    }

    private mutating func acknowledge() {
        let chosen = someReceipts()
        var asked = chosen
        if defect == .oldReceiptIsGood {
            asked = chosen.map { receipt in
                guard let now = machine.tracked[receipt.index] else { return receipt }
                return .init(index: receipt.index, delivery: now.delivery, isDeadLetter: receipt.isDeadLetter)
            }
        }
        let (entry, undo, isDone) = machine.acknowledge(asked, at: now)
        check(chosen, isDone, "acknowledged")
        guard let entry else { return }
        let done = zip(chosen, isDone).filter(\.1).map(\.0.index)
        guard write(entry, undo, touched: done, isWritten: defect != .acknowledgementIsNotWritten) else { return }
        for index in done { model.records[index]?.isAcknowledged = true }
        counts.acknowledged += done.count
    }

    /// Each receipt must be taken once if it is good, and refused otherwise.
    private mutating func check(_ receipts: [QueueReceipt], _ isDone: [Bool], _ what: String) {
        for (receipt, isDone) in zip(receipts, isDone) {
            if !isDone { counts.refused += 1 }
            guard isDone != model.isGood(receipt) else { continue }
            model.violations.append("\(receipt.index): \(what) \(isDone)")
        }
    }

    private mutating func changeVisibility() {
        guard let receipt = someReceipts().first, model.isGood(receipt) else { return }
        let visibility = Int64(random.below(30))
        let (entry, undo, isDone) = machine.changeVisibility([(receipt, visibility)], at: now)
        if model.records[receipt.index]?.isDead == receipt.isDeadLetter { check([receipt], isDone, "changed") }
        guard let entry else { return }
        guard write(entry, undo, touched: [receipt.index], isWritten: defect != .visibilityIsNotWritten) else { return }
        model.records[receipt.index]?.visibleAt = now + visibility
    }

    private mutating func restore() {
        guard let receipt = receipts.last(where: { $0.isDeadLetter && model.isGood($0) }) else { return }
        let (entry, undo, isDone) = machine.restore([receipt], at: now)
        check([receipt], isDone, "restored")
        guard let entry else { return }
        if defect == .restoreKeepsTheCount, var record = machine.tracked[receipt.index] {
            record.receiveCount = 1
            machine.put(record)
        }
        guard write(entry, undo, touched: [receipt.index], isWritten: defect != .restoreIsNotWritten) else { return }
        counts.restored += 1
        model.records[receipt.index]?.receiveCount = 0
        model.records[receipt.index]?.isDead = false
        model.records[receipt.index]?.visibleAt = now
        model.records[receipt.index]?.receipt = nil
    }

    private mutating func configure() {
        guard defect == nil, model.maximumReceiveCount != nil else { return }
        let maximum = 1 + random.below(3)
        guard let entry = machine.configure(maximumReceiveCount: maximum, at: now) else { return }
        log.append(entry.payload)
        model.maximumReceiveCount = maximum
        model.settle(at: now)
    }

    private mutating func split() {
        guard shards.count < 8, let last = shards.last else { return }
        open.remove(at: random.below(open.count))
        shards += [last + 1, last + 2]
        open += [last + 1, last + 2]
    }

    /// The oldest records age out.
    private mutating func trim() {
        let horizon = now - 60
        let below = model.records.filter { $0.value.arrival >= horizon }.keys.min() ?? nextIndex
        for index in model.records.keys where index < below {
            model.records[index] = nil
            counts.aged += 1
        }
        receipts.removeAll { $0.index < below }
        if let entry = machine.trim(below: below, at: now) { log.append(entry.payload) }
    }

    private mutating func someReceipts() -> [QueueReceipt] {
        guard !receipts.isEmpty else { return [] }
        return (0..<1 + random.below(3)).map { _ in receipts[max(0, receipts.count - 1 - random.below(12))] }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    // MARK: The log

    /// Writes an event. False when it failed, or the process ended before it was answered.
    private mutating func write(_ entry: QueueEntry, _ undo: QueueUndo, touched: [UInt64], isWritten: Bool) -> Bool {
        if random.once(in: 15) {
            counts.failures += 1
            if defect != .failureIsNotTakenBack { machine.undo(undo) }
            return false
        }
        if isWritten { log.append(entry.payload) }
        guard random.once(in: 20) else { return true }
        if random.once(in: 2), isWritten { log.removeLast() }
        crash(touched)
        return false
    }

    private mutating func writeSnapshot() {
        log = [ByteBuffer(bytes: [2, 1]), ByteBuffer(bytes: [3] + Array(machine.image.snapshot.readableBytesView))]
        log.append(ByteBuffer(bytes: [4]))
    }

    /// The process ends, and another reads the log.
    private mutating func crash(_ touched: [UInt64]?) {
        counts.crashes += 1
        var recovery = QueueRecovery()
        do throws(QueueFormatError) {
            for payload in log { try recovery.take(payload, generation: 1) }
        } catch {
            model.violations.append("the log cannot be read")
        }
        guard let read = recovery.machine else { return model.violations.append("no state") }
        machine = read
        machine.settle(at: now)
        for index in touched ?? [] { model.resolve(index, machine) }
    }

    // MARK: The end

    /// All that is in the queue must come out of it.
    private mutating func drain() {
        for _ in 0..<8 {
            now += 100
            model.settle(at: now)
            while takeAll(.records) + takeAll(.deadLetters) > 0 {}
        }
        for (index, record) in model.records.sorted(by: { $0.key < $1.key }) where !record.isAcknowledged {
            model.violations.append("\(index) was lost")
        }
        if !machine.tracked.isEmpty { model.violations.append("\(machine.tracked.count) are tracked for ever") }
    }

    private mutating func takeAll(_ path: QueuePath) -> Int {
        var taken = 0
        for shard in shards {
            let again = machine.takeVisible(path, maximumCount: 10, at: now)
            var candidates = again.map {
                QueueStateMachine.Candidate(index: $0.index, shard: $0.shard, isRedelivery: true)
            }
            var consumed: [QueueEvent.Consumed] = []
            if path == .records, let range = (machine.unread[shard] ?? UnreadRanges(from: 0)).first {
                let there = model.records.filter { $0.value.shard == shard && range.contains($0.key) }.keys.sorted()
                candidates += there.map { .init(index: $0, shard: shard, isRedelivery: false) }
                if let last = there.last { consumed = [.init(shard: shard, range: range.lowerBound..<last + 1)] }
            }
            guard let (_, _, given) = machine.receive(path, candidates, consumed: consumed, visibility: 5, at: now)
            else { continue }
            for record in given { model.delivered(record, path, visibility: 5, at: now) }
            let receipts = given.map {
                QueueReceipt(index: $0.index, delivery: $0.delivery, isDeadLetter: path == .deadLetters)
            }
            let isDone = machine.acknowledge(receipts, at: now).isDone
            for (record, isDone) in zip(given, isDone) where isDone {
                model.records[record.index]?.isAcknowledged = true
            }
            taken += given.count
        }
        return taken
    }
}
