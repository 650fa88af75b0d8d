import NIOConcurrencyHelpers
import Synchronization
import Testing
import WeirLog
import WeirLogSimulation

@Suite struct LogTimeTests {
    @Test func firstIndexMatchesASearchByHand() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(LogFixture.small)
            var random = SeededRandom(seed: 3)
            var known: [(index: UInt64, lane: UInt32, timestamp: Int64)] = []
            var clock: Int64 = 1000
            for _ in 0..<300 {
                clock += Int64.random(in: 0...3, using: &random)
                // Lane 4 has entries only in the middle of the log.
                let lane = known.count > 140 && known.count < 150 ? 4 : UInt32.random(in: 0...3, using: &random)
                let index = try await log.append([NewLogEntry(lane, at: clock, [UInt8](repeating: 0, count: 150))])
                known.append((index, lane, clock))
            }
            for reopened in [false, true] {
                if reopened {
                    await log.close()
                    log = try fixture.open(LogFixture.small)
                }
                for lane in UInt32(0)...5 {
                    for timestamp in stride(from: Int64(998), through: clock + 2, by: 7) {
                        let first = known.first { $0.lane == lane && $0.timestamp >= timestamp }?.index
                        let found = try await log.firstIndex(lane: lane, atOrAfter: timestamp)
                        #expect(found == first ?? log.nextIndex, "lane \(lane) at \(timestamp)")
                    }
                }
            }
            #expect(fixture.segmentPaths.count > 5)
            await log.close()
        }
    }

    /// A commit seals the tail with a lane's first entries, and puts a later one into the next tail, just while a
    /// search for the first is between the sealed segments and the tail.
    @Test func aRollDuringASearchHidesNothing() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(LogFixture.small)
            let payload = [UInt8](repeating: 0, count: 500)
            while fixture.segmentPaths.count < 3 { _ = try await log.append([NewLogEntry(0, at: 5, payload)]) }
            // Opened anew, so that the search has to open what is sealed.
            await log.close()
            log = try fixture.open(LogFixture.small)
            let first = try await log.append([NewLogEntry(1, at: 5, payload)])
            let isInTheWay = Mutex(true)
            let (reached, continuation) = AsyncStream<Void>.makeStream()
            let goOn = ConditionLock(value: 0)
            fixture.disk.onOpen = { _ in
                guard isInTheWay.withLock({ exchange(&$0, with: false) }) else { return }
                continuation.yield()
                goOn.lock(whenValue: 1)
                goOn.unlock()
            }
            let searched = log
            async let found = searched.firstIndex(lane: 1, atOrAfter: 1)
            for await _ in reached { break }
            let count = fixture.segmentPaths.count
            while fixture.segmentPaths.count == count { _ = try await log.append([NewLogEntry(0, at: 5, payload)]) }
            _ = try await log.append([NewLogEntry(1, at: 6, payload)])
            goOn.lock()
            goOn.unlock(withValue: 1)
            #expect(try await found == first)
            await log.close()
        }
    }
}
