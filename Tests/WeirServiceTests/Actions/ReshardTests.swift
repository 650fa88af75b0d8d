import Testing
import WeirModel
import WeirWire

@Suite struct ReshardTests {
    private func split(_ test: TestService, _ shard: Int, at key: String) async throws {
        _ = try await test.call(
            SplitShard.self,
            .init(streamName: "s", shardToSplit: ShardID(UInt32(shard)).description, newStartingHashKey: key)
        )
    }

    @Test(arguments: ["2", "340282366920938463463374607431768211454"])
    func aShardMayBeSplitNearItsEdges(key: String) async throws {
        try await withService { test in
            try await test.createStream()
            try await split(test, 0, at: key)
            let shards = try await test.call(ListShards.self, .init(streamName: "s")).shards
            #expect(shards.map(\.hashKeyRange.startingHashKey) == ["0", "0", key])
            #expect(shards.map(\.parentShardID) == [nil, "shardId-000000000000", "shardId-000000000000"])
        }
    }

    @Test func aClosedShardIsNotSplitOrMergedAgain() async throws {
        try await withService { test in
            try await test.createStream()
            try await split(test, 0, at: "1000")
            let message = """
                Shard shardId-000000000000 in stream s under account 000000000000 has already been merged or split, \
                and thus is not eligible for merging or splitting.
                """
            let again = await #expect(throws: ServiceError.self) { try await split(test, 0, at: "1000") }
            #expect(again?.code == .invalidArgument)
            #expect(again?.message == message)
            let merge = await test.refusal(
                "MergeShards",
                #"{"StreamName":"s","ShardToMerge":"shardId-0","AdjacentShardToMerge":"shardId-1"}"#
            )
            #expect(merge?.message == message)
        }
    }

    @Test func shardsAreMergedBackIntoOne() async throws {
        try await withService { test in
            try await test.createStream()
            try await split(test, 0, at: "1000")
            _ = try await test.call(
                MergeShards.self,
                .init(
                    streamName: "s",
                    shardToMerge: "shardId-000000000001",
                    adjacentShardToMerge: "shardId-000000000002"
                )
            )
            let latest = try await test.call(
                ListShards.self,
                .init(streamName: "s", shardFilter: ShardFilter(type: "AT_LATEST"))
            ).shards
            #expect(latest.map(\.shardID) == ["shardId-000000000003"])
            #expect(latest[0].hashKeyRange.startingHashKey == "0")
            #expect(latest[0].hashKeyRange.endingHashKey == HashKey.maximum.description)
        }
    }
}
