import ArgumentParser
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

@Suite struct BenchQueueTests {
    private func parse(_ arguments: String...) throws -> BenchQueueCommand {
        try BenchQueueCommand.parse(arguments)
    }

    @Test func recordsArePutBeforehandUnlessARateIsTold() throws {
        let command = try parse()
        #expect(command.consumers == [1, 8, 64] && command.batch == 10 && command.putRate == nil)
        #expect(
            command.title(consumers: 8)
                == "queue 1024 bytes, up to 10 a receive, 8 consumers, 4 shards, 100000 records put beforehand"
        )
        let few = try parse("--consumers", "2", "--consumers", "3", "--batch", "1", "--records", "7")
        #expect(few.consumers == [2, 3])
        #expect(few.title(consumers: 3).hasSuffix("up to 1 a receive, 3 consumers, 4 shards, 7 records put beforehand"))
        let deep = try parse("--in-flight", "100")
        #expect(few.chains == 1 && deep.chains == 10)
        #expect(
            deep.title(consumers: 1).contains("up to 10 a receive, 1 consumers with 100 records in flight, 4 shards")
        )
        let most = try parse("--in-flight", "15625", "--batch", "1")
        #expect(most.chains * 64 == 1_000_000)
        let beside = try parse("--rate", "5000", "--put-batch", "50")
        #expect(beside.putRate == 5000)
        #expect(beside.title(consumers: 1).hasSuffix(", beside 5000 records/s put 50 at a time"))
        let wake = try parse("--wake")
        #expect(wake.putRate == 100)
        #expect(wake.title(consumers: 1).hasSuffix(", woken by 100 records/s put"))
        #expect(try parse("--wake", "--rate", "10").putRate == 10)
    }

    @Test(
        arguments: [
            ["--batch", "0"], ["--batch", "11"], ["--consumers", "0"], ["--records", "0"], ["--rate", "0"],
            ["--rate", "1", "--put-batch", "501"], ["--rate", "1", "--records", "5"], ["--duration", "5"],
            ["--put-batch", "2"], ["--wake", "--put-batch", "2"], ["--wake", "--size", "15"], ["--connections", "0"],
            ["--in-flight", "0"], ["--in-flight", "5"], ["--in-flight", "105"], ["--in-flight", "-10"],
            ["--in-flight", "15626", "--batch", "1"], ["--consumers", "1000000", "--in-flight", "20"],
        ]
    )
    func whatDoesNotGoTogetherIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try BenchQueueCommand.parse(arguments) }
    }

    @Test func allIsDoneWhenAsMuchIsAcknowledgedAsWanted() {
        let progress = BenchQueueProgress(wanted: nil, at: 5)
        progress.acknowledged(3, at: 20)
        progress.acknowledged(0, at: 50)
        #expect(!progress.isDone && progress.lastTime == 20)
        progress.want(4)
        #expect(!progress.isDone)
        progress.acknowledged(1, at: 10)
        #expect(progress.isDone && progress.acknowledged == 4 && progress.lastTime == 20)
    }

    @Test func whatWasReceivedTwiceIsTold() {
        var report = BenchReport(
            title: "queue",
            records: 10,
            requests: 2,
            redelivered: 0,
            seconds: 1,
            bytes: 10,
            latency: LatencyHistogram().percentiles
        )
        #expect(!report.lines.contains { $0.hasPrefix("redelivered") })
        report.redelivered = 3
        #expect(report.lines.contains("redelivered 3 records"))
    }
}
