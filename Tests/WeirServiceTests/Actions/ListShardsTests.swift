import Testing
import WeirModel
import WeirTestTools
import WeirWire

@Suite struct ListShardsTests {
    /// A stream of two shards: the first was split, then the second child and the other first shard were merged, each an
    /// hour after the other.
    private func withReshardedStream(
        _ body: (TestService, _ list: (ShardFilter?) async throws -> [Int]) async throws -> Void
    ) async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            test.time.advance(milliseconds: 3_600_000)
            _ = try await test.call(
                SplitShard.self,
                .init(streamName: "s", shardToSplit: "shardId-000000000000", newStartingHashKey: "1000")
            )
            test.time.advance(milliseconds: 3_600_000)
            _ = try await test.call(
                MergeShards.self,
                .init(
                    streamName: "s",
                    shardToMerge: "shardId-000000000003",
                    adjacentShardToMerge: "shardId-000000000001"
                )
            )
            try await body(test) { filter in
                try await test.call(ListShards.self, .init(streamName: "s", shardFilter: filter)).shards
                    .compactMap { ShardID($0.shardID).map { Int($0.number) } }
            }
        }
    }

    private static let start: Int64 = 1_700_000_000_000
    private static func hours(_ hours: Double) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: start + Int64(hours * 3_600_000))
    }

    /// What was aged out does not come back, so that the time at which all shards are known is not before that.
    @Test func shardsCoverAllHashKeysAfterTheRetentionWasRaised() async throws {
        try await withReshardedStream { test, list in
            test.time.advance(milliseconds: 24 * 3_600_000 + 1_800_000)
            try await test.store.enforceRetention()
            _ = try await test.call(
                IncreaseStreamRetentionPeriod.self,
                .init(streamName: "s", retentionPeriodHours: 168)
            )
            #expect(try await list(ShardFilter(type: "FROM_TRIM_HORIZON")) == [2, 4])
            #expect(try await list(ShardFilter(type: "AT_TRIM_HORIZON")) == [2, 4])
            #expect(try await list(ShardFilter(type: "AT_TIMESTAMP", timestamp: Self.hours(1.5))) == [2, 4])
        }
    }

    @Test func shardsNameTheirParents() async throws {
        try await withReshardedStream { test, _ in
            let shards = try await test.call(ListShards.self, .init(streamName: "s")).shards
            #expect(shards.count == 5)
            #expect(shards[2].parentShardID == "shardId-000000000000")
            #expect(shards[2].adjacentParentShardID == nil)
            #expect(shards[4].parentShardID == "shardId-000000000003")
            #expect(shards[4].adjacentParentShardID == "shardId-000000000001")
            #expect(shards[0].sequenceNumberRange.endingSequenceNumber != nil)
            #expect(shards[4].sequenceNumberRange.endingSequenceNumber == nil)
        }
    }

    @Test(arguments: [
        (ShardFilter(type: "FROM_TRIM_HORIZON"), [0, 1, 2, 3, 4]),
        (ShardFilter(type: "AT_LATEST"), [2, 4]),
        (ShardFilter(type: "AT_TRIM_HORIZON"), [0, 1]),
        (ShardFilter(type: "AFTER_SHARD_ID", shardID: "shardId-000000000002"), [3, 4]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(-5)), [0, 1]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(0)), [0, 1]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(0.5)), [0, 1]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(1)), [1, 2, 3]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(1.5)), [1, 2, 3]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(2)), [2, 4]),
        (ShardFilter(type: "AT_TIMESTAMP", timestamp: hours(9)), [2, 4]),
        (ShardFilter(type: "FROM_TIMESTAMP", timestamp: hours(0.5)), [0, 1, 2, 3, 4]),
        (ShardFilter(type: "FROM_TIMESTAMP", timestamp: hours(1.5)), [1, 2, 3, 4]),
        (ShardFilter(type: "FROM_TIMESTAMP", timestamp: hours(9)), [2, 4]),
    ])
    func filtersChooseShards(filter: ShardFilter, expected: [Int]) async throws {
        try await withReshardedStream { _, list in
            let shards = try await list(filter)
            #expect(shards == expected)
        }
    }

    @Test func pagesFollowOneAnother() async throws {
        try await withReshardedStream { test, _ in
            var seen: [String] = []
            var token: String?
            let filter = ShardFilter(type: "FROM_TIMESTAMP", timestamp: Self.hours(1.5))
            var page = try await test.call(
                ListShards.self,
                .init(streamName: "s", maxResults: 1, shardFilter: filter)
            )
            repeat {
                seen += page.shards.map(\.shardID)
                token = page.nextToken
                if let token {
                    page = try await test.call(ListShards.self, .init(nextToken: token, maxResults: 1))
                    #expect(page.shards.count == 1)
                }
            } while token != nil
            #expect(seen == [1, 2, 3, 4].map { "shardId-00000000000\($0)" })
        }
    }

    @Test func tokensExpireAndAreOfTheirStream() async throws {
        try await withService { test in
            try await test.createStream(shards: 3)
            let page = try await test.call(ListShards.self, .init(streamName: "s", maxResults: 1))
            let token = try #require(page.nextToken)
            test.time.advance(milliseconds: Int64(Limits.nextTokenLifetimeInSeconds) * 1000)
            #expect(try await test.call(ListShards.self, .init(nextToken: token)).shards.count == 2)

            _ = try await test.call(DeleteStream.self, .init(streamName: "s"))
            try await test.createStream(shards: 3)
            let other = await #expect(throws: ServiceError.self) {
                try await test.call(ListShards.self, .init(nextToken: token))
            }
            #expect(other?.code == .resourceNotFound)

            test.time.advance(milliseconds: 1)
            let expired = await #expect(throws: ServiceError.self) {
                try await test.call(ListShards.self, .init(nextToken: token))
            }
            #expect(expired?.code == .expiredNextToken)
        }
    }

    @Test func aStreamIsToldApartByItsCreationTime() async throws {
        try await withService { test in
            try await test.createStream()
            let created = Timestamp(millisecondsSinceEpoch: Self.start)
            let good = try await test.call(
                ListShards.self,
                .init(streamName: "s", streamCreationTimestamp: created)
            )
            #expect(good.shards.count == 1)
            let error = await #expect(throws: ServiceError.self) {
                let other = Timestamp(millisecondsSinceEpoch: Self.start - 1000)
                return try await test.call(
                    ListShards.self,
                    .init(streamName: "s", streamCreationTimestamp: other)
                )
            }
            #expect(error?.code == .resourceNotFound)
        }
    }
}
