import NIOCore
import Testing
import WeirModel

@testable import WeirMetrics

/// What is counted of streams.
@Suite struct StreamMeterTests {
    private let meter = StreamMeter()

    private func put(
        _ records: [StreamMeter.Put.Record],
        isBatch: Bool = true,
        shardMetrics: Set<ShardLevelMetric> = []
    ) {
        meter.count(.init(isBatch: isBatch, nanoseconds: 2_000_000), records, shardMetrics: shardMetrics)
    }

    private func read(
        records: Int,
        bytes: Int,
        behind: Int64 = 0,
        shardMetrics: Set<ShardLevelMetric> = []
    ) {
        meter.count(
            .init(shard: ShardID(0), records: records, bytes: bytes, millisBehindLatest: behind),
            nanoseconds: 1,
            shardMetrics: shardMetrics,
            at: 0
        )
    }

    @Test func putsAreCountedByWhatBecameOfTheirRecords() {
        put([
            .init(.put, shard: ShardID(0), bytes: 10), .init(.throttled, shard: ShardID(1), bytes: 5),
            .init(.failed, shard: nil, bytes: 3), .init(.put, shard: ShardID(1), bytes: 1),
        ])
        put([.init(.throttled, shard: ShardID(0), bytes: 1)])
        put([.init(.put, shard: ShardID(0), bytes: 100)], isBatch: false)
        put([.init(.throttled, shard: ShardID(0), bytes: 100)], isBatch: false)
        let counts = meter.snapshot
        #expect(counts.putRecords.totalRecords == 5)
        #expect(counts.putRecords.records == 2)
        #expect(counts.putRecords.bytes == 11)
        #expect(counts.putRecords.throttledRecords == 2)
        #expect(counts.putRecords.failedRecords == 1)
        #expect(counts.putRecords.successes == 1)
        #expect(counts.putRecords.latency.count == 2)
        #expect(counts.putRecord.successes == 1)
        #expect(counts.putRecord.bytes == 100)
        #expect(counts.putRecord.latency.count == 2)
        #expect(counts.throttledWrites == 3)
        #expect(counts.shards.isEmpty)
    }

    @Test func readsAreCounted() {
        read(records: 3, bytes: 30, behind: 500)
        read(records: 0, bytes: 0)
        meter.countFailedRead(ShardID(0), isThrottled: true, nanoseconds: 1, shardMetrics: [])
        meter.countFailedRead(ShardID(0), isThrottled: false, nanoseconds: 1, shardMetrics: [])
        let counts = meter.snapshot
        #expect(counts.getRecords.records == 3)
        #expect(counts.getRecords.bytes == 30)
        #expect(counts.getRecords.successes == 2)
        #expect(counts.getRecords.latency.count == 4)
        #expect(counts.throttledReads == 1)
        #expect(counts.iteratorAge.value(at: 0) == 500)
    }

    @Test func shardsAreCountedWhereShardLevelMetricsAreOn() throws {
        let metrics: Set<ShardLevelMetric> = [.incomingBytes, .iteratorAgeMilliseconds]
        put([.init(.put, shard: ShardID(0), bytes: 10)])
        #expect(meter.snapshot.shards.isEmpty)
        put(
            [.init(.put, shard: ShardID(0), bytes: 10), .init(.throttled, shard: ShardID(3), bytes: 10)],
            shardMetrics: metrics
        )
        read(records: 2, bytes: 20, behind: 9, shardMetrics: metrics)
        let shards = meter.snapshot.shards
        let first = try #require(shards[ShardID(0)])
        #expect(first.incomingBytes == 10)
        #expect(first.incomingRecords == 1)
        #expect(first.outgoingBytes == 20)
        #expect(first.iteratorAge.value(at: 0) == 9)
        #expect(shards[ShardID(3)]?.throttledWrites == 1)
        meter.setShardMetrics([])
        #expect(meter.snapshot.shards.isEmpty)
    }

    @Test func whereNobodyKnowsTheShardLevelMetricsTheyStayAsTheyAre() {
        put([.init(.put, shard: ShardID(0), bytes: 10)], shardMetrics: [.incomingBytes])
        meter.count(.init(isBatch: true, nanoseconds: 1), [.init(.failed, shard: nil, bytes: 1)], shardMetrics: nil)
        #expect(meter.snapshot.shardMetrics == [.incomingBytes])
        #expect(meter.snapshot.shards[ShardID(0)]?.incomingBytes == 10)
        #expect(meter.snapshot.putRecords.failedRecords == 1)
    }

    @Test func aSharedMeterTellsNoShardsApart() {
        let meters = StreamMeters(maximumCount: 0)
        let meter = meters.meter(of: "a")
        meter.count(
            .init(isBatch: true, nanoseconds: 1),
            [.init(.put, shard: ShardID(0), bytes: 1)],
            shardMetrics: [.incomingBytes]
        )
        meters.meter(of: "b").setShardMetrics([.incomingBytes])
        #expect(meter.snapshot.putRecords.records == 1)
        #expect(meter.snapshot.shardMetrics.isEmpty)
        #expect(meter.snapshot.shards.isEmpty)
    }

    @Test func whatIsGoneIsForgotten() {
        let records = [
            StreamMeter.Put.Record(.put, shard: ShardID(0), bytes: 1), .init(.put, shard: ShardID(1), bytes: 1),
        ]
        put(records, shardMetrics: [.incomingBytes])
        for number in 0...Limits.maximumMeteredConsumerCount { meter.countSubscription("c\(number)", isRefused: false) }
        meter.forget(shards: [ShardID(0)], consumers: ["c0", StreamMeters.others])
        #expect(Array(meter.snapshot.shards.keys) == [ShardID(1)])
        #expect(meter.snapshot.subscriptions["c0"] == nil)
        #expect(meter.snapshot.subscriptions[StreamMeters.others]?.successes == 1)
        // There is room for another one now.
        meter.countSubscription("new", isRefused: false)
        #expect(meter.snapshot.subscriptions["new"]?.successes == 1)
    }

    @Test func noMoreShardsAreToldApartThanTheLimit() {
        let records = (0...Limits.maximumMeteredShardCount).map {
            StreamMeter.Put.Record(.put, shard: ShardID(UInt32($0)), bytes: 1)
        }
        put(records, shardMetrics: [.incomingBytes])
        put(records, shardMetrics: [.incomingBytes])
        let shards = meter.snapshot.shards
        #expect(shards.count == Limits.maximumMeteredShardCount)
        #expect(shards[ShardID(0)]?.incomingBytes == 2)
        #expect(shards[ShardID(UInt32(Limits.maximumMeteredShardCount))] == nil)
    }

    @Test func consumersBeyondTheLimitAreCountedTogether() {
        for number in 0..<Limits.maximumMeteredConsumerCount + 2 {
            meter.countSubscription("c\(number)", isRefused: false)
        }
        meter.countEvent(.init(shard: ShardID(0), records: 2, bytes: 8, millisBehindLatest: 4), of: "c0", at: 0)
        meter.countSubscription("c0", isRefused: true)
        let subscriptions = meter.snapshot.subscriptions
        #expect(subscriptions.count == Limits.maximumMeteredConsumerCount + 1)
        #expect(subscriptions[StreamMeters.others]?.successes == 2)
        #expect(subscriptions["c0"]?.events == 1)
        #expect(subscriptions["c0"]?.records == 2)
        #expect(subscriptions["c0"]?.bytes == 8)
        #expect(subscriptions["c0"]?.refusals == 1)
    }

    @Test func streamsBeyondTheLimitAreCountedTogether() {
        let meters = StreamMeters(maximumCount: 2)
        #expect(meters.meter(of: "a") === meters.meter(of: "a"))
        _ = meters.meter(of: "b")
        #expect(meters.meter(of: "c") === meters.meter(of: "d"))
        #expect(meters.meter(of: "c") !== meters.meter(of: "b"))
        #expect(meters.snapshot.map(\.stream) == ["(other)", "a", "b"])
        meters.keep(["b"])
        #expect(meters.snapshot.map(\.stream) == ["(other)", "b"])
        // There is room for another one now.
        _ = meters.meter(of: "e")
        #expect(meters.snapshot.map(\.stream) == ["(other)", "b", "e"])
    }
}

/// The metrics of streams as a text.
@Suite struct KinesisMetricsTests {
    private func lines(_ regions: [RegionFigures]) -> [String] {
        var text = MetricText()
        text.write(regions, at: 0)
        return String(buffer: text.body).split(separator: "\n").map(String.init)
    }

    @Test func theMetricsOfAStreamCarryItsNameAndRegion() {
        let meter = StreamMeter()
        meter.count(
            .init(isBatch: true, nanoseconds: 3_000_000),
            [.init(.put, shard: ShardID(1), bytes: 12), .init(.throttled, shard: ShardID(1), bytes: 9)],
            shardMetrics: [.incomingBytes, .writeProvisionedThroughputExceeded]
        )
        meter.countSubscription("c", isRefused: false)
        var figures = RegionFigures(
            region: "eu-central-1",
            streamCount: 4,
            openShardCount: 9,
            subscriptionCount: 1,
            damagedRecordCount: 2,
            streams: [("s", meter.snapshot)]
        )
        figures.failedLogCount = 3
        figures.compressionInputBytes = 1000
        figures.compressionOutputBytes = 150
        let lines = lines([figures])
        let own = #"region="eu-central-1",stream_name="s""#
        for expected in [
            #"weir_streams{region="eu-central-1"} 4"#, #"weir_open_shards{region="eu-central-1"} 9"#,
            #"weir_subscriptions{region="eu-central-1"} 1"#, #"weir_damaged_records{region="eu-central-1"} 2"#,
            #"weir_failed_logs{region="eu-central-1"} 3"#,
            #"weir_compression_input_bytes_total{region="eu-central-1"} 1000"#,
            #"weir_compression_output_bytes_total{region="eu-central-1"} 150"#,
            "aws_kinesis_incoming_bytes_total{\(own)} 12",
            "aws_kinesis_incoming_records_total{\(own)} 1",
            "aws_kinesis_write_provisioned_throughput_exceeded_total{\(own)} 1",
            "aws_kinesis_put_records_total_records_total{\(own)} 2",
            "aws_kinesis_put_records_successful_records_total{\(own)} 1",
            "aws_kinesis_put_records_throttled_records_total{\(own)} 1",
            "aws_kinesis_put_records_success_total{\(own)} 1",
            #"aws_kinesis_put_records_latency_milliseconds_bucket{\#(own),le="5"} 1"#,
            "aws_kinesis_put_records_latency_milliseconds_sum{\(own)} 3",
            #"aws_kinesis_subscribe_to_shard_success_total{\#(own),consumer_name="c"} 1"#,
            #"aws_kinesis_shard_incoming_bytes_total{\#(own),shard_id="shardId-000000000001"} 12"#,
            #"aws_kinesis_shard_write_provisioned_throughput_exceeded_total{\#(own),shard_id="shardId-000000000001"} 1"#,
        ] {
            #expect(lines.contains(expected), "\(expected)")
        }
        // A metric that is off is not shown, nor is a call that was never made, nor an age that nobody knows.
        for absent in ["aws_kinesis_shard_incoming_records", "put_record_latency_milliseconds_count", "maximum{"] {
            #expect(!lines.contains { !$0.hasPrefix("#") && $0.contains(absent) }, "\(absent)")
        }
    }

    @Test func aFamilyIsBegunOnceAndStandsTogether() {
        let meter = StreamMeter()
        meter.count(.init(isBatch: false, nanoseconds: 1), [.init(.put, shard: nil, bytes: 1)], shardMetrics: [])
        let regions = ["a", "b"].map {
            RegionFigures(
                region: $0,
                streamCount: 1,
                openShardCount: 1,
                subscriptionCount: 0,
                damagedRecordCount: 2,
                streams: [("s", meter.snapshot)]
            )
        }
        var family = ""
        var begun: Set<Substring> = []
        for line in lines(regions) {
            if line.hasPrefix("# HELP ") {
                let name = line.split(separator: " ")[2]
                #expect(begun.insert(name).inserted, "\(name)")
                family = String(name)
            } else {
                #expect(line.hasPrefix("# TYPE \(family) ") || line.hasPrefix(family), "\(line)")
            }
        }
        #expect(begun.contains("aws_kinesis_put_record_latency_milliseconds"))
    }
}
