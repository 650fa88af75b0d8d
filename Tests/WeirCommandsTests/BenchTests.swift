import FoundationEssentials
import NIOCore
import Testing

@testable import WeirCommands

@Suite struct LoadScheduleTests {
    @Test func aClosedLoopEndsAfterItsCountOrItsTime() {
        let counted = LoadSchedule(start: 100, rate: nil, maximumCount: 2, duration: nil)
        #expect(counted.next(now: 100) == .init(number: 0))
        #expect(counted.next(now: 9_000_000_000) == .init(number: 1))
        #expect(counted.next(now: 100) == nil)
        let timed = LoadSchedule(start: 100, rate: nil, maximumCount: nil, duration: 50)
        #expect(timed.next(now: 149) == .init(number: 0))
        #expect(timed.next(now: 150) == nil)
    }

    @Test func anOpenLoopIsDueAtItsRateWhateverTheTime() {
        let schedule = LoadSchedule(start: 1_000_000_000, rate: 4, maximumCount: nil, duration: 1_000_000_000)
        let due = (0..<5).map { _ in schedule.next(now: 9_000_000_000)?.due }
        #expect(due == [1_000_000_000, 1_250_000_000, 1_500_000_000, 1_750_000_000, nil])
    }

    @Test func aRequestThatHadToWaitForAConnectionCountsFromWhenItWasDue() {
        let ticket = LoadSchedule.Ticket(number: 0, due: 500)
        #expect(LoadSchedule.beginning(of: ticket, free: 700, sent: 710) == 500)
        // The connection slept until it was due, and woke up late.
        #expect(LoadSchedule.beginning(of: ticket, free: 500, sent: 530) == 530)
        #expect(LoadSchedule.beginning(of: ticket, free: 300, sent: 530) == 530)
        #expect(LoadSchedule.beginning(of: .init(number: 0), free: 300, sent: 310) == 310)
    }
}

@Suite struct LatencyHistogramTests {
    @Test func percentilesHaveThreeDigits() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentiles == LatencyPercentiles(count: 0, p50: 0, p90: 0, p99: 0, p999: 0, maximum: 0))
        var other = LatencyHistogram()
        for milliseconds in 1...1000 as ClosedRange<UInt64> {
            if milliseconds % 2 == 0 {
                histogram.record(nanoseconds: milliseconds * 1_000_000)
            } else {
                other.record(nanoseconds: milliseconds * 1_000_000)
            }
        }
        histogram.add(other)
        let percentiles = histogram.percentiles
        #expect(percentiles.count == 1000)
        for (found, expected) in zip(
            [percentiles.p50, percentiles.p90, percentiles.p99, percentiles.p999, percentiles.maximum],
            [500, 900, 990, 999, 1000.0]
        ) {
            #expect(abs(found - expected) <= expected / 500)
        }
        histogram.record(nanoseconds: .max)
        #expect(abs(histogram.milliseconds(percentile: 100) - 3_600_000) < 7200, "longer ones count as an hour")
    }
}

@Suite struct ProcessorUseTests {
    @Test func readsWhatTheSystemTells() throws {
        let ticks = try #require(ProcessorUse.machine("cpu  100 0 200 1000 50 1 2 3 0 0\ncpu0 1 2 3"))
        let cpu = try #require(ProcessorUse.machine("cpu  0 0 0 1000 0 0 0 0 0 0"))
        // By the ticks of this system: 306 of 1,356 were busy.
        #expect(abs(ticks.all / ticks.capacity - 306.0 / 1356) < 1e-9)
        #expect(cpu.all == 0)
        #expect(ProcessorUse.machine("cpu0 1 2 3") == nil)
        let process = try #require(
            ProcessorUse.process("7 (a name) of (two) S 1 2 3 4 5 6 7 8 9 10 300 153 0 0 20 0")
        )
        #expect(abs(process / ticks.capacity - 453.0 / 1356) < 1e-9)
        #expect(ProcessorUse.process("7 (x) S 1 2") == nil)
    }

    @Test func othersUsedWhatIsNotOurs() {
        let before = ProcessorUse(all: 10, own: 4, capacity: 100)
        let after = ProcessorUse(all: 16, own: 9, capacity: 110)
        #expect(abs(after.foreignShare(since: before) - 0.1) < 1e-9)
        #expect(after.ownSeconds(since: before) == 5)
        #expect(after.foreignShare(since: after) == 0)
    }
}

@Suite struct AcknowledgementTimesTests {
    @Test func aDeliveryIsLateByTheTimeSinceTheAcknowledgement() {
        let times = AcknowledgementTimes()
        times.note(1500, ofPutAt: 1000)
        #expect(times.delay(at: 1700, ofPutAt: 1000) == 200)
        // It may come before the acknowledgement, or before that is noted.
        #expect(times.delay(at: 1400, ofPutAt: 1000) == 0)
        #expect(times.delay(at: 1700, ofPutAt: 1001) == 0)
    }

    @Test func bothLatenciesAreAddedUp() {
        var all = DeliveryLatency(sinceAcknowledgement: LatencyHistogram())
        var part = DeliveryLatency(sinceAcknowledgement: LatencyHistogram())
        part.sincePut.record(nanoseconds: 5_000_000)
        part.sinceAcknowledgement?.record(nanoseconds: 1_000_000)
        all.add(part)
        all.add(part)
        #expect(all.sincePut.count == 2)
        #expect(all.sinceAcknowledgement?.count == 2)
        #expect(all.sincePut.percentiles.p50 > all.sinceAcknowledgement?.percentiles.p50 ?? .infinity)
    }
}

@Suite struct BenchRecordTests {
    @Test func dataTellWhenTheyWereDue() {
        for size in [16, 17, 1024] {
            let data = BenchRecord.data(begun: 0xAB_CDEF, size: size)
            #expect(data.readableBytes == size)
            #expect(BenchRecord.begun(data) == 0xAB_CDEF)
        }
        #expect(BenchRecord.begun(BenchRecord.data(begun: .max, size: 16)) == .max)
        #expect(BenchRecord.data(begun: 1, size: 15).readableBytes == 15)
        #expect(BenchRecord.begun(BenchRecord.data(begun: 1, size: 15)) == nil)
    }
}
