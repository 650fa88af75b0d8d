import Testing
import WeirModel
import WeirTestTools
import WeirWire

@Suite struct StreamActionTests {
    @Test func aStreamIsMadeDescribedAndDeleted() async throws {
        try await withService { test in
            try await test.createStream("flights", shards: 3)
            let described = try await test.call(DescribeStream.self, .init(streamName: "flights")).streamDescription
            #expect(described.streamName == "flights")
            #expect(described.streamARN == "arn:aws:kinesis:us-east-1:000000000000:stream/flights")
            #expect(described.streamStatus == "ACTIVE")
            #expect(described.streamModeDetails?.streamMode == "PROVISIONED")
            #expect(described.retentionPeriodHours == 24)
            #expect(described.encryptionType == "NONE")
            #expect(described.enhancedMonitoring == [EnhancedMonitoring(shardLevelMetrics: [])])
            #expect(!described.hasMoreShards)
            #expect(described.shards.map(\.shardID) == (0..<3).map { "shardId-00000000000\($0)" })
            #expect(
                described.shards.map(\.hashKeyRange.endingHashKey) == [
                    "113427455640312821154458202477256070484", "226854911280625642308916404954512140969",
                    "340282366920938463463374607431768211455",
                ]
            )
            #expect(described.shards.allSatisfy { $0.sequenceNumberRange.endingSequenceNumber == nil })
            #expect(described.shards.allSatisfy { $0.sequenceNumberRange.startingSequenceNumber.utf8.count == 56 })

            let summary = try await test.call(DescribeStreamSummary.self, .init(streamARN: described.streamARN))
                .streamDescriptionSummary
            #expect(summary.streamName == "flights")
            #expect(summary.openShardCount == 3)
            #expect(summary.consumerCount == 0)
            #expect(summary.streamCreationTimestamp == described.streamCreationTimestamp)

            _ = try await test.call(DeleteStream.self, .init(streamName: "flights"))
            #expect(
                await test.refusal("DescribeStream", #"{"StreamName":"flights"}"#)?.code == .resourceNotFound
            )
        }
    }

    @Test func aStreamOnDemandIsMadeWithFourShards() async throws {
        try await withService { test in
            let mode = StreamModeDetails(streamMode: "ON_DEMAND")
            _ = try await test.call(CreateStream.self, .init(streamName: "s", streamModeDetails: mode))
            let summary = try await test.call(DescribeStreamSummary.self, .init(streamName: "s"))
                .streamDescriptionSummary
            #expect(summary.openShardCount == Limits.onDemandShardCount)
            #expect(summary.streamModeDetails == mode)
            let body = #"{"StreamName":"t","ShardCount":2,"StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#
            #expect(await test.refusal("CreateStream", body)?.code == .invalidArgument)
        }
    }

    @Test func tagsHaveLimits() async throws {
        try await withService { test in
            func create(_ name: String, _ tags: [String: String]) async throws {
                _ = try await test.call(CreateStream.self, .init(streamName: name, shardCount: 1, tags: tags))
            }
            func tags(_ count: Int) -> [String: String] {
                Dictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", "v") })
            }
            let key = String(repeating: "k", count: Limits.maximumTagKeyLength)
            let value = String(repeating: "v", count: Limits.maximumTagValueLength)
            try await create("most", tags(Limits.maximumTagCount))
            try await create("longest", [key: value])
            for tags in [tags(Limits.maximumTagCount + 1), [key + "k": "v"], ["k": value + "v"], ["": "v"]] {
                let error = await #expect(throws: ServiceError.self) { try await create("refused", tags) }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test func shardsAreDescribedPageByPage() async throws {
        try await withService { test in
            try await test.createStream(shards: 5)
            var seen: [String] = []
            var start: String?
            repeat {
                let page = try await test.call(
                    DescribeStream.self,
                    .init(streamName: "s", limit: 2, exclusiveStartShardID: start)
                ).streamDescription
                seen += page.shards.map(\.shardID)
                start = page.hasMoreShards ? page.shards.last?.shardID : nil
            } while start != nil
            #expect(seen == (0..<5).map { "shardId-00000000000\($0)" })
        }
    }

    @Test func streamsAreListedPageByPage() async throws {
        try await withService { test in
            for name in ["c", "a", "b"] { try await test.createStream(name) }
            let all = try await test.call(ListStreams.self, .init())
            #expect(all.streamNames == ["a", "b", "c"])
            #expect(!all.hasMoreStreams)
            #expect(all.nextToken == nil)
            #expect(all.streamSummaries?.map(\.streamName) == ["a", "b", "c"])
            #expect(all.streamSummaries?.map(\.streamStatus) == ["ACTIVE", "ACTIVE", "ACTIVE"])

            let first = try await test.call(ListStreams.self, .init(limit: 2))
            #expect(first.streamNames == ["a", "b"])
            #expect(first.hasMoreStreams)
            let byToken = try await test.call(ListStreams.self, .init(nextToken: first.nextToken))
            #expect(byToken.streamNames == ["c"])
            let byName = try await test.call(ListStreams.self, .init(exclusiveStartStreamName: "b"))
            #expect(byName.streamNames == ["c"])

            test.time.advance(milliseconds: Int64(Limits.nextTokenLifetimeInSeconds) * 1000 + 1)
            let error = await #expect(throws: ServiceError.self) {
                try await test.call(ListStreams.self, .init(nextToken: first.nextToken))
            }
            #expect(error?.code == .expiredNextToken)
        }
    }

    @Test func retentionIsLengthenedAndShortened() async throws {
        try await withService { test in
            try await test.createStream()
            func hours() async throws -> Int {
                try await test.call(DescribeStreamSummary.self, .init(streamName: "s")).streamDescriptionSummary
                    .retentionPeriodHours
            }
            _ = try await test.call(
                IncreaseStreamRetentionPeriod.self,
                .init(streamName: "s", retentionPeriodHours: Limits.maximumRetentionHours)
            )
            #expect(try await hours() == Limits.maximumRetentionHours)
            _ = try await test.call(
                DecreaseStreamRetentionPeriod.self,
                .init(streamName: "s", retentionPeriodHours: 48)
            )
            #expect(try await hours() == 48)

            let shorter = await test.refusal(
                "IncreaseStreamRetentionPeriod",
                #"{"StreamName":"s","RetentionPeriodHours":47}"#
            )
            #expect(
                shorter?.message == """
                    Requested retention period (47 hours) for stream s can not be shorter than existing retention \
                    period (48 hours). Use DecreaseRetentionPeriod API.
                    """
            )
            let longer = await test.refusal(
                "DecreaseStreamRetentionPeriod",
                #"{"StreamName":"s","RetentionPeriodHours":49}"#
            )
            #expect(
                longer?.message == """
                    Requested retention period (49 hours) for stream s can not be longer than existing retention \
                    period (48 hours). Use IncreaseRetentionPeriod API.
                    """
            )
            #expect(try await hours() == 48)
        }
    }
}
