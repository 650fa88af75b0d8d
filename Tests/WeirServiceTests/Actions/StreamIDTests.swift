import NIOCore
import Testing
import WeirModel
import WeirWire

@Suite struct StreamIDTests {
    private func id(_ test: TestService, _ name: String = "s") async throws -> String {
        let summary = try await test.call(DescribeStreamSummary.self, .init(streamName: name))
        return try #require(summary.streamDescriptionSummary.streamID)
    }

    /// Every action that names a stream, named by its ID alone. They are in an order in which each can succeed.
    @Test func everyActionTakesTheIDAlone() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let id = try await id(test)
            let iterator = try await test.iterator()
            let bodies: [(String, String)] = [
                ("PutRecord", #""PartitionKey":"k","Data":"eA==""#),
                ("PutRecords", #""Records":[{"PartitionKey":"k","Data":"eA=="}]"#),
                ("GetShardIterator", #""ShardId":"shardId-000000000000","ShardIteratorType":"LATEST""#),
                ("GetRecords", #""ShardIterator":"\#(iterator)""#),
                ("DescribeStream", #""Limit":1"#),
                ("DescribeStreamSummary", ""),
                ("ListShards", #""MaxResults":1"#),
                ("AddTagsToStream", #""Tags":{"a":"b"}"#),
                ("ListTagsForStream", ""),
                ("RemoveTagsFromStream", #""TagKeys":["a"]"#),
                ("TagResource", #""Tags":{"a":"b"}"#),
                ("ListTagsForResource", ""),
                ("UntagResource", #""TagKeys":["a"]"#),
                ("IncreaseStreamRetentionPeriod", #""RetentionPeriodHours":48"#),
                ("DecreaseStreamRetentionPeriod", #""RetentionPeriodHours":24"#),
                (
                    "MergeShards",
                    #""ShardToMerge":"shardId-000000000000","AdjacentShardToMerge":"shardId-000000000001""#
                ),
                ("SplitShard", #""ShardToSplit":"shardId-000000000002","NewStartingHashKey":"1000""#),
                ("StartStreamEncryption", #""EncryptionType":"KMS","KeyId":"alias/k""#),
                ("StopStreamEncryption", #""EncryptionType":"KMS","KeyId":"alias/k""#),
                ("EnableEnhancedMonitoring", #""ShardLevelMetrics":["ALL"]"#),
                ("DisableEnhancedMonitoring", #""ShardLevelMetrics":["ALL"]"#),
                ("UpdateMaxRecordSize", #""MaxRecordSizeInKiB":2048"#),
                ("UpdateStreamMode", #""StreamModeDetails":{"StreamMode":"ON_DEMAND"}"#),
                ("UpdateStreamRecordDistributionStrategy", #""RecordDistributionStrategy":"AUTO""#),
                ("DeleteStream", ""),
            ]
            for (action, members) in bodies {
                let body = #"{"StreamId":"\#(id)"\#(members.isEmpty ? "" : ",")\#(members)}"#
                let error = await test.refusal(action, body)
                #expect(error == nil, "\(action): \(String(describing: error))")
            }
            #expect(try await test.store.streamNames(after: nil, limit: 1) == [])
        }
    }

    @Test func aStreamMadeAgainHasAnotherID() async throws {
        try await withService { test in
            try await test.createStream()
            let old = try await id(test)
            _ = try await test.call(DeleteStream.self, .init(streamID: old))
            try await test.createStream()
            #expect(try await id(test) != old)
            let error = await test.refusal("DescribeStreamSummary", #"{"StreamId":"\#(old)"}"#)
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Stream \(old) under account 000000000000 not found.")
        }
    }

    @Test func aNameAndAnIDMustBeOfTheSameStream() async throws {
        try await withService { test in
            try await test.createStream()
            try await test.createStream("other")
            let id = try await id(test)
            #expect(await test.refusal("DescribeStreamSummary", #"{"StreamName":"s","StreamId":"\#(id)"}"#) == nil)
            let error = await test.refusal("DescribeStreamSummary", #"{"StreamName":"other","StreamId":"\#(id)"}"#)
            #expect(error?.code == .invalidArgument)
            let iterator = try await test.iterator(stream: "other")
            let read = await test.refusal("GetRecords", #"{"ShardIterator":"\#(iterator)","StreamId":"\#(id)"}"#)
            #expect(read?.code == .invalidArgument)
        }
    }

    @Test(arguments: ["", "s", "ABCDEFGHIJ0123456789-abc", "abcdefghij0123456789-abcd"])
    func anIDHasItsPattern(id: String) async throws {
        try await withService { test in
            try await test.createStream()
            for action in ["DescribeStream", "ListShards", "DeleteStream"] {
                let error = await test.refusal(action, #"{"StreamId":"\#(id)"}"#)
                #expect(error?.code == .validation)
                #expect(error?.message.contains("at 'streamId' failed to satisfy constraint") == true)
            }
        }
    }

    @Test func aDryRunChecksAndDoesNothing() async throws {
        try await withService { test in
            try await test.createStream()
            let iterator = try await test.iterator()
            let bodies = [
                ("PutRecord", #"{"StreamName":"s","PartitionKey":"k","Data":"eA==","DryRun":true}"#),
                ("PutRecords", #"{"StreamName":"s","Records":[{"PartitionKey":"k","Data":"eA=="}],"DryRun":true}"#),
                ("GetRecords", #"{"ShardIterator":"\#(iterator)","DryRun":true}"#),
                (
                    "GetShardIterator",
                    #"{"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST","DryRun":true}"#
                ),
            ]
            for (action, body) in bodies {
                #expect(await test.refusal(action, body)?.code == .dryRunOperation, "\(action)")
                let wrong = body.replacing(#""StreamName":"s""#, with: #""StreamName":"absent""#)
                guard wrong != body else { continue }
                #expect(await test.refusal(action, wrong)?.code == .resourceNotFound, "\(action)")
            }
            let unknown =
                #"{"StreamName":"s","ShardId":"shardId-000000000007","ShardIteratorType":"LATEST","DryRun":true}"#
            #expect(await test.refusal("GetShardIterator", unknown)?.code == .resourceNotFound)
            #expect(try await test.read(iterator).records.isEmpty)
            let live = bodies[0].1.replacing("true", with: "false")
            #expect(await test.refusal("PutRecord", live) == nil)
        }
    }
}
