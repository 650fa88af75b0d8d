import Testing
import WeirLog

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
}
