import Synchronization
import WeirConsumer
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirSimulation
import WeirWire

/// Knows what the handlers of all workers did with the records of a stream, and notes what should not be.
package final class WorkerOracle: Sendable {
    private struct State {
        var shards: [String: OracleShard] = [:]
        /// When each worker last made a write of a lease, as its owner, that took effect.
        var signs: [String: [String: UInt64]] = [:]
        var violations: [String] = []
        var digest: UInt64 = 0
        var counts = Counts()
    }

    /// What happened, and how often.
    package struct Counts: Hashable, Sendable {
        package var processed = 0
        package var repeated = 0
        package var failures = 0
        package var deadLetters = 0
        package var skipped = 0
        package var checkpoints = 0
        package var halted = 0

        package init() {}
    }

    private let failoverTime: UInt64
    private let isOrderedByKey: Bool
    private let failurePolicy: FailurePolicy
    private let trace: (@Sendable (String) -> Void)?
    private let state = Mutex(State())

    /// - Parameter isOrderedByKey: whether only records with the same key must come in order.
    package init(
        failoverTime: UInt64,
        isOrderedByKey: Bool,
        failurePolicy: FailurePolicy,
        trace: (@Sendable (String) -> Void)?
    ) {
        self.failoverTime = failoverTime
        self.isOrderedByKey = isOrderedByKey
        self.failurePolicy = failurePolicy
        self.trace = trace
    }

    package var violations: [String] { state.withLock(\.violations) }
    package var digest: UInt64 { state.withLock(\.digest) }
    package var counts: Counts { state.withLock(\.counts) }

    package func violate(_ text: String, at now: UInt64) { state.withLock { violate(text, at: now, &$0) } }

    private func violate(_ text: String, at now: UInt64, _ state: inout State) {
        let violation = "\(Self.seconds(now)): \(text)"
        trace?("WRONG: \(violation)")
        if state.violations.count < 20 { state.violations.append(violation) }
    }

    func tell(_ text: @autoclosure () -> String, at now: UInt64) { trace?("\(Self.seconds(now)) \(text())") }

    private static func seconds(_ time: UInt64) -> String {
        let rest = String(time / 1_000_000 % 1000)
        return "\(time / 1_000_000_000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }

    /// Tells one history from another.
    private func note(_ text: String, _ number: Int, at now: UInt64, _ state: inout State) {
        for byte in text.utf8 { state.digest = (state.digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
        state.digest = (state.digest ^ now) &* 0x100_0000_01B3 &+ UInt64(truncatingIfNeeded: number)
    }

    // MARK: The stream

    package func opened(_ shard: String, after parents: [String]) {
        state.withLock { $0.shards[shard] = OracleShard(parents: parents) }
    }

    package func closed(_ shard: String) { state.withLock { $0.shards[shard]?.isClosed = true } }

    /// User records were put as one record of the service.
    package func put(_ records: [SimulatedRecord], to shard: String, at number: String) {
        state.withLock { state in
            for (index, record) in records.enumerated() {
                let place = state.shards[shard]?.records.count
                state.shards[shard]?.places["\(number)/\(index)"] = place
                state.shards[shard]?.records.append(record)
            }
        }
    }

    // MARK: The table

    /// A write took effect.
    func wrote(_ old: Lease, _ new: Lease, by worker: String, at now: UInt64) {
        state.withLock { state in
            if new.owner == worker { state.signs[new.key, default: [:]][worker] = now }
            note(new.key, Int(new.counter), at: now, &state)
            guard new.checkpoint != old.checkpoint else { return }
            state.counts.checkpoints += 1
            if new.checkpoint < old.checkpoint {
                violate(
                    "the checkpoint of \(new.key) moved back from \(old.checkpoint) to \(new.checkpoint)",
                    at: now,
                    &state
                )
            }
            guard let shard = state.shards[new.key] else { return }
            switch new.checkpoint {
            case .shardEnd where !shard.isComplete:
                violate("\(new.key) was ended before all of its records were done", at: now, &state)
            case .sequenceNumber(let number, let sub):
                guard let place = shard.places["\(number)/\(sub)"] else {
                    return violate("the checkpoint of \(new.key) is at no record: \(new.checkpoint)", at: now, &state)
                }
                if place >= shard.doneCount {
                    violate(
                        "the checkpoint of \(new.key) passed record \(shard.doneCount), which is not done",
                        at: now,
                        &state
                    )
                }
            default: break
            }
        }
    }

    // MARK: The handlers

    /// A worker hands records out.
    func handedOut(_ batch: RecordBatch, of key: String, to worker: String, at now: UInt64) {
        state.withLock { state in
            let sign = state.signs[key]?[worker]
            if sign == nil || now >= sign.map({ $0 + failoverTime }) ?? 0 {
                violate("\(worker) handed records of \(key) out after its lease had expired", at: now, &state)
            }
            guard let shard = state.shards[key] else { return }
            for parent in shard.parents where state.shards[parent].map({ !$0.isComplete }) ?? false {
                violate("\(worker) began \(key) before the end of \(parent)", at: now, &state)
            }
            var before: Set<Int> = []
            for record in batch { checkOrder(record, after: &before, of: key, shard, worker, now, &state) }
        }
    }

    /// What comes before a record is done, or in the same batch.
    private func checkOrder(
        _ record: ConsumerRecord,
        after before: inout Set<Int>,
        of key: String,
        _ shard: OracleShard,
        _ worker: String,
        _ now: UInt64,
        _ state: inout State
    ) {
        guard let place = shard.places[record.identity] else {
            return violate("\(worker) was given a record of \(key) that nobody put", at: now, &state)
        }
        if shard.records[place].key != record.partitionKey {
            violate("\(worker) was given record \(place) of \(key) with another key", at: now, &state)
        }
        let missing = (min(shard.doneCount, place)..<place).first { earlier in
            !shard.isDone(earlier) && !before.contains(earlier)
                && (!isOrderedByKey || shard.records[earlier].key == shard.records[place].key)
        }
        if let missing { violate("\(worker) was given record \(place) of \(key) before \(missing)", at: now, &state) }
        before.insert(place)
    }

    /// What is to happen to a record; nil when nobody put it.
    func record(_ record: ConsumerRecord, of key: String) -> SimulatedRecord? {
        state.withLock { state in
            state.shards[key].flatMap { shard in shard.places[record.identity].map { shard.records[$0] } }
        }
    }

    /// A handler has failed on a record. Answers how often it has now.
    func failed(_ record: ConsumerRecord, of key: String, at now: UInt64) -> Int {
        state.withLock { state in
            state.counts.failures += 1
            guard let place = state.shards[key]?.places[record.identity] else { return 0 }
            state.shards[key]?.records[place].failures += 1
            note(key, -place, at: now, &state)
            return state.shards[key]?.records[place].failures ?? 0
        }
    }

    /// A handler has processed a record.
    func processed(_ record: ConsumerRecord, of key: String, by worker: String, at now: UInt64) {
        state.withLock { state in
            guard let place = state.shards[key]?.places[record.identity] else { return }
            state.counts.processed += 1
            if state.shards[key]?.isDone(place) == true { state.counts.repeated += 1 }
            state.shards[key]?.finish(place)
            note(worker, place, at: now, &state)
        }
    }

    /// A record was put to the dead letters.
    func deadLettered(_ letter: DeadLetter, at now: UInt64) {
        let key = letter.shardID
        let identity = "\(letter.sequenceNumber)/\(letter.subSequenceNumber)"
        state.withLock { state in
            state.counts.deadLetters += 1
            giveUp(key, identity, now, &state)
            guard let place = state.shards[key]?.places[identity], let record = state.shards[key]?.records[place] else {
                return
            }
            let isTimeUp = failurePolicy.maximumTime != nil
            if letter.attempts < failurePolicy.maximumAttempts, record.fate == .poison, !isTimeUp {
                violate("record \(place) of \(key) was given up after \(letter.attempts) attempts", at: now, &state)
            }
        }
    }

    /// The workers say that a record was skipped. They do not tell which user record it was: the first of its record that may be.
    func skipped(_ key: String, _ number: String, at now: UInt64) {
        state.withLock { state in
            state.counts.skipped += 1
            let places = hopeless(key, number, state)
            if places.isEmpty { violate("a good record of \(key) was skipped", at: now, &state) }
            if let next = places.first(where: { state.shards[key]?.isDone($0) == false }) {
                state.shards[key]?.finish(next)
            }
        }
    }

    /// The workers say that the shard stops at a record.
    func halted(_ key: String, _ number: String, at now: UInt64) {
        state.withLock { state in
            state.counts.halted += 1
            let places = hopeless(key, number, state)
            guard let place = places.first else {
                return violate("\(key) was stopped at a good record", at: now, &state)
            }
            let before = state.shards[key]?.haltedAt ?? place
            state.shards[key]?.haltedAt = min(place, before)
        }
    }

    /// The user records of a record of the service that may be given up.
    private func hopeless(_ key: String, _ number: String, _ state: State) -> [Int] {
        guard let shard = state.shards[key] else { return [] }
        var places: [Int] = []
        var index = 0
        while let place = shard.places["\(number)/\(index)"] {
            if mayBeGivenUp(shard.records[place]) { places.append(place) }
            index += 1
        }
        return places
    }

    /// Time may be up for one that would be processed in the end.
    private func mayBeGivenUp(_ record: SimulatedRecord) -> Bool {
        record.isHopeless || (failurePolicy.maximumTime != nil && record.fate != .good)
    }

    private func giveUp(_ key: String, _ identity: String, _ now: UInt64, _ state: inout State) {
        guard let place = state.shards[key]?.places[identity], let record = state.shards[key]?.records[place] else {
            return violate("a record of \(key) was given up that nobody put", at: now, &state)
        }
        if !mayBeGivenUp(record) { violate("record \(place) of \(key) was given up, which is good", at: now, &state) }
        state.shards[key]?.finish(place)
    }

    // MARK: The end

    /// Everything is done, but for what comes after a record that stopped its shard; where keys are processed side by side, what is
    /// before it with another key may have been left too.
    package func expectDone(at now: UInt64) {
        state.withLock { state in
            for (key, shard) in state.shards.sorted(by: { $0.key < $1.key }) where shard.doneCount < shard.records.count
            {
                let isStopped = shard.haltedAt.map { isOrderedByKey || shard.doneCount >= $0 } ?? false
                guard !isStopped, !isBehindStop(key, state) else { continue }
                let text = "record \(shard.doneCount) of \(key) is not done, of \(shard.records.count)"
                violate(text, at: now, &state)
            }
        }
    }

    /// Whether a shard before this one was stopped.
    package func isBehindStop(_ key: String) -> Bool { state.withLock { isBehindStop(key, $0) } }

    private func isBehindStop(_ key: String, _ state: State) -> Bool {
        (state.shards[key]?.parents ?? []).contains { parent in
            guard let shard = state.shards[parent] else { return false }
            return (shard.haltedAt != nil && !shard.isComplete) || isBehindStop(parent, state)
        }
    }
}

extension ConsumerRecord {
    /// What tells it from others of its shard.
    fileprivate var identity: String { "\(sequenceNumber)/\(subSequenceNumber)" }
}
