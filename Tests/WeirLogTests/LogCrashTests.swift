import NIOCore
import Synchronization
import Testing
import WeirLog
import WeirLogSimulation

/// Histories of appends, trims and power losses at any operation of the disk, each from its seed.
@Suite(.timeLimit(.minutes(15))) struct LogCrashTests {
    @Test(arguments: 0..<100)
    func acknowledgedEntriesSurvivePowerLoss(seed: Int) async throws {
        try await withLogFixture { fixture in
            var random = SeededRandom(seed: UInt64(seed))
            var history = History()
            for round in 0..<4 {
                let log = try fixture.open(options(&random))
                try await history.check(log, "seed \(seed), round \(round)")
                fixture.disk.faults.operations = Int.random(in: 0...120, using: &random)
                try await history.run(log, &random)
                fixture.disk.crash(using: &random)
            }
            let log = try fixture.open()
            try await history.check(log, "seed \(seed), end")
            await log.close()
        }
    }

    private func options(_ random: inout SeededRandom) -> LogOptions {
        var options = LogFixture.small
        options.segmentSizeInBytes = Int.random(in: 5000...12_000, using: &random)
        options.maximumBatchSizeInBytes = Int.random(in: 100...4000, using: &random)
        return options
    }
}

/// What was appended and what became of it.
private struct History {
    /// What was acknowledged, by index.
    private var acknowledged: [UInt64: KnownEntry] = [:]
    /// The payloads of appends that failed, by their first byte: they may be there, whole.
    private var uncertain: [UInt8: [[UInt8]]] = [:]
    private var trimmedBefore = Int64.min
    private var clock: Int64 = 0

    private static let callers = UInt32(0)..<4

    /// Appends from several tasks, and trims, until the power goes.
    mutating func run(_ log: Log, _ random: inout SeededRandom) async throws {
        for _ in 0..<20 {
            clock += 10
            let outcomes = await withTaskGroup(of: (first: UInt64?, entries: [NewLogEntry]).self) { group in
                for lane in Self.callers {
                    let entries = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        NewLogEntry(lane, at: clock, Self.payload(&random))
                    }
                    group.addTask { (try? await log.append(entries), entries) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for outcome in outcomes { record(outcome.first, outcome.entries) }
            if Int.random(in: 0..<4, using: &random) == 0 {
                let limit = clock - Int64.random(in: 0...100, using: &random)
                trimmedBefore = max(trimmedBefore, limit)
                try? await log.trim(before: limit)
            }
        }
        await log.close()
    }

    /// Unlike any other, and often long enough to lie in several sectors.
    private static func payload(_ random: inout SeededRandom) -> [UInt8] {
        let number = random.next()
        var payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(number >> 32) % 900 + 8)
        withUnsafeBytes(of: number) { payload.replaceSubrange(0..<8, with: $0) }
        return payload
    }

    private mutating func record(_ first: UInt64?, _ entries: [NewLogEntry]) {
        for (place, entry) in entries.enumerated() {
            let payload = Array(entry.payload.readableBytesView)
            guard let first else {
                uncertain[payload[0], default: []].append(payload)
                continue
            }
            let index = first + UInt64(place)
            acknowledged[index] = KnownEntry(
                index: index,
                lane: entry.lane,
                timestamp: entry.timestamp,
                payload: payload
            )
        }
    }

    /// Acknowledged: readable under its index, in order, once. Not acknowledged: absent or whole.
    mutating func check(_ log: Log, _ comment: Comment) async throws {
        var found: [UInt64: KnownEntry] = [:]
        for lane in Self.callers {
            let entries = try await log.all(lane)
            #expect(entries.map(\.index) == entries.map(\.index).sorted(), comment)
            for entry in entries {
                #expect(entry.lane == lane, comment)
                #expect(found.updateValue(entry, forKey: entry.index) == nil, comment)
            }
        }
        for (index, entry) in acknowledged where entry.timestamp >= trimmedBefore {
            #expect(found[index] == entry, comment)
        }
        for (index, entry) in found where acknowledged[index] != entry {
            #expect(acknowledged[index] == nil && uncertain[entry.payload[0]]?.contains(entry.payload) == true, comment)
        }
        let indexes = found.keys.sorted()
        if let first = indexes.first { #expect(indexes == Array(first..<log.nextIndex), comment) }
        #expect(log.nextIndex > acknowledged.keys.max() ?? 0, comment)
        // What was found is durable now: it must stay under its index.
        acknowledged = found
    }
}
