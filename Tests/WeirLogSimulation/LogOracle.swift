import NIOCore
import WeirLog

/// What must hold of a log, by what was asked of it and what it answered: acknowledged means readable, in order, once;
/// not acknowledged means absent or whole; indexes grow and none is given twice; what a reader was shown stays.
///
/// Of a log that syncs later, a power loss may take what was acknowledged last: all from some index on, and what is given later
/// has other indexes.
struct LogOracle {
    /// An entry that was handed to the log.
    struct Sent {
        enum Fate { case inFlight, acknowledged, refused, uncertain, lost }

        var lane: UInt32
        var timestamp: Int64
        var payload: [UInt8]
        var fate = Fate.inFlight
        /// Where it was acknowledged or shown to a reader: there it stays.
        var index: UInt64?
        /// The timestamp that the log gave it.
        var storedTimestamp: Int64?
    }

    private(set) var violations: [String] = []
    private(set) var acknowledgedCount = 0
    private(set) var refusedCount = 0
    private(set) var uncertainCount = 0
    private(set) var shownCount = 0

    /// By their numbers, which begin their payloads: those of a caller grow.
    private var sent: [UInt64: Sent] = [:]
    /// The number of the entry at each index that was acknowledged or shown, since the beginning.
    private var placed: [UInt64: UInt64] = [:]
    /// When each of them first was.
    private var placedAt: [UInt64: UInt64] = [:]
    /// Entries of earlier times may be gone.
    private var trimmedBefore = Int64.min
    /// What was acknowledged or shown after this time may be lost, if the log has lost what it may.
    private var mayLoseAfter: UInt64?
    /// Whether power was lost, or a sync failed, since the log was last whole.
    var hasLostWhatItMay = false
    private let time: VirtualTime
    private let maySkip: Bool

    /// Of a log that syncs later, `maySkip` is true.
    init(time: VirtualTime, maySkip: Bool) {
        self.time = time
        self.maySkip = maySkip
    }

    mutating func violate(_ message: String) { if violations.count < 20 { violations.append(message) } }

    // MARK: Appends

    mutating func willAppend(_ entries: [(number: UInt64, entry: NewLogEntry)]) {
        for (number, entry) in entries {
            let payload = Array(entry.payload.readableBytesView)
            sent[number] = Sent(lane: entry.lane, timestamp: entry.timestamp, payload: payload)
        }
    }

    mutating func acknowledged(_ numbers: [UInt64], first: UInt64) {
        for (place, number) in numbers.enumerated() {
            put(number, at: first + UInt64(place), "acknowledged")
            sent[number]?.fate = .acknowledged
            acknowledgedCount += 1
        }
    }

    /// Certainly not in the log, now and for ever; else it may be, whole.
    mutating func refused(_ numbers: [UInt64], isCertain: Bool) {
        for number in numbers {
            if isCertain, let index = sent[number]?.index {
                violate("entry \(number) was refused, and had been shown at index \(index)")
            }
            sent[number]?.fate = isCertain ? .refused : .uncertain
            if isCertain { refusedCount += 1 } else { uncertainCount += 1 }
        }
    }

    /// The log ended when what was acknowledged after a time need not have been synced.
    mutating func mayLose(after time: UInt64) { mayLoseAfter = min(mayLoseAfter ?? time, time) }

    mutating func willTrim(before timestamp: Int64) { trimmedBefore = max(trimmedBefore, timestamp) }

    private mutating func put(_ number: UInt64, at index: UInt64, _ how: String) {
        if let other = placed[index], other != number {
            violate("index \(index) was given to entry \(other), and \(how) for entry \(number)")
        }
        if let other = sent[number]?.index, other != index {
            violate("entry \(number) was at index \(other), and \(how) at index \(index)")
        }
        if placed[index] == nil { placedAt[index] = time.monotonicNanoseconds }
        placed[index] = number
        sent[number]?.index = index
    }

    // MARK: Reads

    /// The indexes of a lane's entries that a read that begins now must find.
    func expected(lane: UInt32, from index: UInt64) -> [UInt64] {
        placed.filter { $0.key >= index && sent[$0.value]?.lane == lane && !isLost($0.key) }
            .map(\.key).filter { !mayBeLost($0) }.sorted()
    }

    private func mayBeLost(_ index: UInt64) -> Bool {
        guard hasLostWhatItMay, let mayLoseAfter else { return false }
        return placedAt[index] ?? 0 > mayLoseAfter
    }

    private func isLost(_ index: UInt64) -> Bool { placed[index].flatMap { sent[$0]?.fate } == .lost }

    private func mayBeTrimmed(_ index: UInt64) -> Bool {
        guard let number = placed[index], let entry = sent[number] else { return false }
        return (entry.storedTimestamp ?? entry.timestamp) < trimmedBefore
    }

    mutating func didRead(lane: UInt32, from index: UInt64, _ read: LaneRead, expected: [UInt64], isLimited: Bool) {
        var last: UInt64?
        for entry in read.entries {
            if entry.index < max(index, last.map { $0 + 1 } ?? 0) {
                violate("lane \(lane) from \(index): entry \(entry.index) after \(last ?? 0)")
            }
            last = entry.index
            see(entry, lane: lane)
        }
        if let last, read.nextIndex <= last {
            violate("lane \(lane) from \(index): goes on with \(read.nextIndex) after \(last)")
        }
        if read.entries.isEmpty, !read.isAtTip, isLimited {
            violate("lane \(lane) from \(index): nothing, and not at the tip")
        }
        let found = Set(read.entries.map(\.index))
        for index in expected where read.isAtTip || index < read.nextIndex {
            if !found.contains(index), !mayBeTrimmed(index) {
                violate("lane \(lane): entry at index \(index) is missing, in a read up to \(read.nextIndex)")
            }
        }
    }

    /// An entry as it was read.
    private mutating func see(_ entry: LogEntry, lane: UInt32) {
        guard let number = entry.payload.getInteger(at: entry.payload.readerIndex, as: UInt64.self),
            let known = sent[number]
        else { return violate("index \(entry.index) holds what was never written") }
        if known.payload != Array(entry.payload.readableBytesView) {
            violate("index \(entry.index): other bytes than were written")
        }
        if known.lane != lane || entry.lane != lane {
            violate("index \(entry.index): of lane \(known.lane), and read from lane \(lane)")
        }
        if known.fate == .lost { violate("index \(entry.index): entry \(number) was lost, and is there again") }
        if known.fate == .refused { violate("index \(entry.index): entry \(number) had been refused") }
        if entry.timestamp < known.timestamp || entry.timestamp != known.storedTimestamp ?? entry.timestamp {
            violate("index \(entry.index): timestamp \(entry.timestamp), written with \(known.timestamp)")
        }
        if known.index == nil { shownCount += 1 }
        put(number, at: entry.index, "shown")
        sent[number]?.storedTimestamp = entry.timestamp
    }

    mutating func didLookUp(lane: UInt32, timestamp: Int64, _ answer: UInt64, expected: [UInt64]) {
        for index in expected where index < answer && !mayBeTrimmed(index) {
            guard let number = placed[index], let entry = sent[number] else { continue }
            if entry.storedTimestamp ?? entry.timestamp >= timestamp {
                violate("lane \(lane) at \(timestamp): \(answer) is after the entry at index \(index)")
            }
        }
        if let number = placed[answer], let entry = sent[number], entry.lane == lane,
            let stored = entry.storedTimestamp, stored < timestamp
        {
            violate("lane \(lane) at \(timestamp): the entry at index \(answer) is of \(stored)")
        }
    }

    // MARK: The whole log

    /// The log was opened anew, and all lanes were read, in calm: nothing is in flight any more, and what was found stays.
    mutating func didReadAll(indexes: Set<UInt64>, nextIndex: UInt64) {
        let found = indexes.sorted()
        for (index, next) in zip(found, found.dropFirst() + [nextIndex]) { checkGap(from: index, to: next) }
        let newest = placed.keys.max() ?? 0
        if nextIndex <= newest { violate("the next index is \(nextIndex), and \(newest) was given already") }
        checkLosses(found)
        var newestTimestamp = Int64.min
        var newestOfCaller: [UInt64: UInt64] = [:]
        for index in found {
            guard let number = placed[index], let timestamp = sent[number]?.storedTimestamp else { continue }
            if timestamp < newestTimestamp { violate("the timestamp of index \(index) goes back") }
            newestTimestamp = timestamp
            if number < newestOfCaller[number >> 32] ?? 0 {
                violate("entry \(number) comes after \(newestOfCaller[number >> 32] ?? 0)")
            }
            newestOfCaller[number >> 32] = number
        }
        // What is not there now must not appear later.
        for number in sent.keys where sent[number]?.index == nil { sent[number]?.fate = .refused }
    }

    /// Between two indexes that are there one after the other there is none, unless a start skipped some.
    private mutating func checkGap(from index: UInt64, to next: UInt64) {
        if next <= index { return violate("index \(index) is there, and \(next) is the next") }
        if next - index > 1 << 31 {
            if !maySkip { violate("there is nothing from index \(index + 1) to \(next - 1)") }
            return
        }
        // Of a segment that was dropped and is there again, some lanes may know and others not.
        for missing in index + 1..<next where !mayBeTrimmed(missing) {
            violate("there is nothing at index \(missing), after \(index) and before \(next)")
        }
    }

    /// What was acknowledged or shown and is not there: only what was, last, when it may be lost.
    private mutating func checkLosses(_ found: [UInt64]) {
        let there = Set(found)
        for index in placed.keys.sorted() where !there.contains(index) && !mayBeTrimmed(index) && !isLost(index) {
            guard mayBeLost(index) else {
                violate("the entry at index \(index) is lost")
                continue
            }
            if let last = found.last, last > index { violate("index \(index) is lost, and \(last) is not") }
            if let number = placed[index] { sent[number]?.fate = .lost }
        }
        mayLoseAfter = nil
        hasLostWhatItMay = false
    }
}
