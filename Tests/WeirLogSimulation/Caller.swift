import NIOCore
import Synchronization
import WeirLog

/// A task that uses a log: what it does depends on its seed and on what it is answered.
struct Caller: Sendable {
    let history: LogHistory
    let number: UInt64
    let log: LogPort
    let executor: SimulatedExecutor
    let seed: UInt64

    func run() async {
        var random = SeededRandom(seed: seed)
        // By chance of its own: the other histories of a seed stay as they are.
        var resizing = SeededRandom(seed: seed &+ 1)
        var entryCount: UInt64 = 0
        for _ in 0..<3 + random.below(8) {
            if history.weather.isOff { return }
            if let interval = history.interval { await changePace(&random, interval) }
            if history.packs, random.once(in: 20) { log.log.compression = random.once(in: 3) ? .none : .zstd }
            if history.resizes, resizing.once(in: 6) {
                log.log.segmentSizeInBytes = LogHistory.segmentSize(&resizing)
            }
            switch random.below(20) {
            case 0..<11: await append(&random, &entryCount)
            case 11..<15: await read(&random)
            case 15..<17: await lookUp(&random)
            case 17, 18: await trim(&random)
            default: await random.once(in: 4) ? copy() : passBarrier()
            }
        }
    }

    /// Lets time go by, or lets the log acknowledge otherwise.
    private func changePace(_ random: inout SeededRandom, _ interval: UInt64) async {
        if random.once(in: 2) { await executor.sleep(nanoseconds: random.below(Int(interval))) }
        if random.once(in: 12) { await executor.sleep(nanoseconds: random.below(Int(interval) * 2)) }
        if random.once(in: 20) {
            log.log.durability = random.once(in: 2) ? .always : .interval(nanoseconds: interval)
        }
    }

    private func append(_ random: inout SeededRandom, _ entryCount: inout UInt64) async {
        let clock = history.clock.add(Int64(random.below(12)), ordering: .relaxed).newValue
        let entries = (0..<1 + random.below(3)).map { _ -> (number: UInt64, entry: NewLogEntry) in
            let entryNumber = number << 32 | entryCount
            entryCount += 1
            // Now and then a clock goes back.
            let timestamp = clock - (random.once(in: 6) ? 30 : 0)
            let size = random.once(in: 12) ? random.below(3000) : random.below(400)
            var payload = ByteBuffer(integer: entryNumber)
            payload.writeRepeatingByte(UInt8(truncatingIfNeeded: entryNumber &* 31 &+ number), count: size)
            let lane = UInt32(random.below(history.laneCount))
            return (entryNumber, NewLogEntry(lane: lane, timestamp: timestamp, payload: payload))
        }
        let numbers = entries.map(\.number)
        let before = history.weather.failures
        history.oracle.withLock { $0.willAppend(entries) }
        do throws(LogError) {
            let first = try await log.append(entries.map(\.entry))
            history.weather.note(first)
            history.oracle.withLock { oracle in
                oracle.acknowledged(numbers, first: first)
                // A sync that failed since is that of a later commit.
                if before.syncCount > 0 { oracle.violate("index \(first) was acknowledged after a sync that failed") }
            }
        } catch {
            refused(numbers, error, before)
        }
    }

    private func refused(_ numbers: [UInt64], _ error: LogError, _ before: Weather.Failures) {
        let weather = history.weather
        weather.note(UInt64(error.code.description.utf8.count))
        let isOff = weather.isOff
        let after = weather.failures
        history.oracle.withLock { oracle in
            oracle.refused(numbers, isCertain: error.code != .failed && !isOff)
            if !isOff, !Self.isExplained(error, before, after) { oracle.violate("without a cause: \(error)") }
        }
    }

    /// Service resumes as soon as the disk does what it is asked to; only what leaves the log in doubt ends it.
    private static func isExplained(_ error: LogError, _ before: Weather.Failures, _ after: Weather.Failures) -> Bool {
        switch error.code {
        case .noSpace, .io: after.count > before.count
        case .failed: after.fatalCount > 0
        default: false
        }
    }

    /// Performs what may fail and changes nothing that the oracle counts.
    private func attempt(_ body: () async throws(LogError) -> Void) async {
        let before = history.weather.failures
        do throws(LogError) {
            try await body()
        } catch {
            history.weather.note(UInt64(error.code.description.utf8.count))
            if !history.weather.isOff, !Self.isExplained(error, before, history.weather.failures) {
                history.oracle.withLock { $0.violate("without a cause: \(error)") }
            }
        }
    }

    private func read(_ random: inout SeededRandom) async {
        let lane = UInt32(random.below(history.laneCount))
        let next = log.log.nextIndex
        let from = random.once(in: 2) ? 0 : next - min(next, UInt64(random.below(12)))
        let (count, bytes) = (1 + random.below(10), 1 + random.below(4000))
        let expected = history.oracle.withLock { $0.expected(lane: lane, from: from) }
        await attempt { () async throws(LogError) in
            let read = try await log.read(lane: lane, from: from, maximumCount: count, maximumBytes: bytes)
            history.weather.note(read.nextIndex)
            history.oracle.withLock {
                $0.didRead(lane: lane, from: from, read, expected: expected, isLimited: true)
            }
        }
    }

    private func lookUp(_ random: inout SeededRandom) async {
        let lane = UInt32(random.below(history.laneCount))
        let timestamp = history.clock.load(ordering: .relaxed) - Int64(random.below(120))
        let expected = history.oracle.withLock { $0.expected(lane: lane, from: 0) }
        await attempt { () async throws(LogError) in
            let index = try await log.firstIndex(lane: lane, atOrAfter: timestamp)
            history.weather.note(index)
            history.oracle.withLock { $0.didLookUp(lane: lane, timestamp: timestamp, index, expected: expected) }
        }
    }

    private func trim(_ random: inout SeededRandom) async {
        let timestamp = history.clock.load(ordering: .relaxed) - Int64(random.below(150)) + 10
        history.oracle.withLock { $0.willTrim(before: timestamp) }
        await attempt { () async throws(LogError) in try await log.log.trim(before: timestamp) }
    }

    private func passBarrier() async {
        await attempt { () async throws(LogError) in
            history.weather.note(try await log.log.barrier())
        }
    }

    /// Copies the log to a folder of its own. The copy checks itself.
    private func copy() async {
        guard let point = log.log.copyPoint else { return }
        let place = history.copyCount.add(1, ordering: .relaxed).newValue
        await attempt { () async throws(LogError) in
            let report = try log.log.copy(to: "/copy\(place)", at: point)
            history.weather.note(UInt64(report.entryCount))
        }
    }
}
