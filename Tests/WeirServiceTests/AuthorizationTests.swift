import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirService
import WeirWire

/// A caller who may do what a test says, and who remembers what was asked.
final class TestCaller: ActionCaller {
    let arn = "arn:aws:iam::000000000000:user/test"
    private let isAllowed: @Sendable (_ action: String, _ resource: String) -> Bool
    private let asked = Mutex<[String]>([])
    private let attached = Mutex<[String?]>([])

    init(_ isAllowed: @escaping @Sendable (_ action: String, _ resource: String) -> Bool) { self.isAllowed = isAllowed }

    var questions: [String] { asked.withLock(\.self) }
    /// The policies of the resources that it was asked about.
    var resourcePolicies: [String?] { attached.withLock(\.self) }

    func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError) {
        asked.withLock { $0.append("\(action) \(resource)") }
        attached.withLock { $0.append(resourcePolicy) }
        guard isAllowed(action, resource) else { throw ServiceError(.accessDenied, "\(action) on \(resource)") }
    }
}

@Suite struct AuthorizationTests {
    private static let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    /// A valid request of every action that there is, as far as it names a stream or nothing.
    private static let requests: [(action: String, body: String)] = [
        ("AddTagsToStream", #"{"StreamName":"s","Tags":{"a":"b"}}"#),
        ("CreateStream", #"{"StreamName":"s","ShardCount":1}"#),
        ("DecreaseStreamRetentionPeriod", #"{"StreamName":"s","RetentionPeriodHours":24}"#),
        ("DeleteResourcePolicy", #"{"ResourceARN":"\#(arn)"}"#),
        ("DeleteStream", #"{"StreamName":"s"}"#),
        ("DeregisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"c"}"#),
        ("DescribeAccountSettings", "{}"),
        ("DescribeLimits", "{}"),
        ("DescribeStream", #"{"StreamName":"s"}"#),
        ("DescribeStream", #"{"StreamARN":"\#(arn)"}"#),
        ("DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)/consumer/c:1700000000"}"#),
        ("DescribeStreamSummary", #"{"StreamName":"s"}"#),
        ("DisableEnhancedMonitoring", #"{"StreamName":"s","ShardLevelMetrics":["ALL"]}"#),
        ("EnableEnhancedMonitoring", #"{"StreamName":"s","ShardLevelMetrics":["ALL"]}"#),
        ("GetResourcePolicy", #"{"ResourceARN":"\#(arn)"}"#),
        (
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON"}"#
        ),
        ("IncreaseStreamRetentionPeriod", #"{"StreamName":"s","RetentionPeriodHours":48}"#),
        ("ListShards", #"{"StreamName":"s"}"#),
        ("ListStreamConsumers", #"{"StreamARN":"\#(arn)"}"#),
        ("ListStreams", "{}"),
        ("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#),
        ("ListTagsForStream", #"{"StreamName":"s"}"#),
        (
            "MergeShards",
            #"""
            {"StreamName":"s","ShardToMerge":"shardId-000000000000","AdjacentShardToMerge":"shardId-000000000001"}
            """#
        ),
        ("PutRecord", #"{"StreamName":"s","Data":"eA==","PartitionKey":"k"}"#),
        ("PutRecords", #"{"StreamName":"s","Records":[{"Data":"eA==","PartitionKey":"k"}]}"#),
        (
            "PutResourcePolicy",
            #"""
            {"ResourceARN":"\#(arn)","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\#
            \"Principal\":\"*\",\"Action\":\"kinesis:PutRecord\",\"Resource\":\"\#(arn)\"}]}"}
            """#
        ),
        ("RegisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"c"}"#),
        ("RemoveTagsFromStream", #"{"StreamName":"s","TagKeys":["a"]}"#),
        (
            "SplitShard",
            #"{"StreamName":"s","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"1000"}"#
        ),
        ("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}"#),
        ("StopStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}"#),
        (
            "SubscribeToShard",
            #"""
            {"ConsumerARN":"\#(arn)/consumer/c:1700000000","ShardId":"shardId-000000000000",
            "StartingPosition":{"Type":"LATEST"}}
            """#
        ),
        ("TagResource", #"{"ResourceARN":"\#(arn)","Tags":{"a":"b"}}"#),
        ("UntagResource", #"{"ResourceARN":"\#(arn)","TagKeys":["a"]}"#),
        (
            "UpdateAccountSettings",
            #"{"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}"#
        ),
        ("UpdateMaxRecordSize", #"{"StreamARN":"\#(arn)","MaxRecordSizeInKiB":2048}"#),
        ("UpdateShardCount", #"{"StreamName":"s","TargetShardCount":2,"ScalingType":"UNIFORM_SCALING"}"#),
        ("UpdateStreamMode", #"{"StreamARN":"\#(arn)","StreamModeDetails":{"StreamMode":"PROVISIONED"}}"#),
        (
            "UpdateStreamRecordDistributionStrategy",
            #"{"StreamARN":"\#(arn)","RecordDistributionStrategy":"USER_PARTITION_KEY"}"#
        ),
        ("UpdateStreamWarmThroughput", #"{"StreamARN":"\#(arn)","WarmThroughputMiBps":10}"#),
    ]

    @Test(arguments: requests.indices) func everyActionAsksWhoCalls(index: Int) async throws {
        let (action, body) = Self.requests[index]
        try await withService { service in
            if action != "CreateStream" { try await service.createStream() }
            let nobody = TestCaller { _, _ in false }
            let refusal = await service.refusal(action, body, caller: nobody)
            #expect(refusal?.code == .accessDenied, "\(action): \(refusal.map { "\($0)" } ?? "performed")")
            let question = try #require(nobody.questions.first)
            let consumers = ["DeregisterStreamConsumer", "DescribeStreamConsumer", "SubscribeToShard"]
            if consumers.contains(action) {
                #expect(question.hasPrefix("kinesis:\(action) \(Self.arn)/consumer/c:"))
            } else {
                #expect(question == "kinesis:\(action) \(Self.arn)" || question == "kinesis:\(action) *")
            }
            #expect(nobody.questions.count == 1)
            // Nothing was done.
            let names = try await service.store.streamNames(after: nil, limit: 10)
            #expect(names == (action == "CreateStream" ? [] : ["s"]))
        }
    }

    @Test func whoMayDoesAndIsAskedOnce() async throws {
        try await withService { service in
            let caller = TestCaller { _, _ in true }
            #expect(await service.refusal("CreateStream", #"{"StreamName":"s","ShardCount":1}"#, caller: caller) == nil)
            let put = #"{"StreamName":"s","Records":[{"Data":"eA==","PartitionKey":"k"}]}"#
            #expect(await service.refusal("PutRecords", put, caller: caller) == nil)
            #expect(caller.questions == ["kinesis:CreateStream \(Self.arn)", "kinesis:PutRecords \(Self.arn)"])
        }
    }

    @Test func readingAsksForTheStreamOfTheIterator() async throws {
        try await withService { service in
            try await service.createStream()
            let iterator = try await service.iterator()
            let nobody = TestCaller { _, _ in false }
            let refusal = await service.refusal("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#, caller: nobody)
            #expect(refusal?.code == .accessDenied)
            #expect(nobody.questions == ["kinesis:GetRecords \(Self.arn)"])
        }
    }

    @Test func theNextPageOfShardsAsksForTheirStream() async throws {
        try await withService { service in
            try await service.createStream(shards: 2)
            let page = try await service.call(ListShards.self, .init(streamName: "s", maxResults: 1))
            let token = try #require(page.nextToken)
            let nobody = TestCaller { _, _ in false }
            #expect(
                await service.refusal("ListShards", #"{"NextToken":"\#(token)"}"#, caller: nobody)?.code
                    == .accessDenied
            )
            #expect(nobody.questions == ["kinesis:ListShards \(Self.arn)"])
        }
    }

    @Test func whatIsNotValidIsToldFirst() async throws {
        try await withService { service in
            let nobody = TestCaller { _, _ in false }
            let refusal = await service.refusal("DescribeStream", #"{"StreamName":"not allowed"}"#, caller: nobody)
            #expect(refusal?.code == .validation)
            #expect(nobody.questions.isEmpty)
        }
    }

    @Test func nobodyLearnsWhichStreamsThereAre() async throws {
        try await withService { service in
            let nobody = TestCaller { _, _ in false }
            let refusal = await service.refusal("DescribeStream", #"{"StreamName":"absent"}"#, caller: nobody)
            #expect(refusal?.code == .accessDenied)
        }
    }

    @Test(arguments: [
        ("CreateStream", #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"WarmThroughputMiBps":1}"#),
        (
            "UpdateStreamMode",
            #"""
            {"StreamARN":"\#(arn)","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"WarmThroughputMiBps":1}
            """#
        ),
        ("UpdateStreamWarmThroughput", #"{"StreamName":"s","WarmThroughputMiBps":1}"#),
    ])
    func whoMayUseTheAccountMayNotUseEveryStream(action: String, body: String) async throws {
        try await withService { service in
            let account = TestCaller { _, resource in resource == "*" }
            #expect(await service.refusal(action, body, caller: account)?.code == .accessDenied)
            let owner = TestCaller { _, resource in resource == Self.arn }
            // It was let through, and told that the account has no commitment.
            #expect(await service.refusal(action, body, caller: owner)?.code == .invalidArgument)
            #expect(owner.questions == ["kinesis:\(action) \(Self.arn)"])
        }
    }

    @Test func nobodyLearnsTheNameBehindAnID() async throws {
        try await withService { service in
            try await service.createStream()
            let summary = try await service.call(DescribeStreamSummary.self, .init(streamName: "s"))
            let id = try #require(summary.streamDescriptionSummary.streamID)
            let nobody = TestCaller { _, _ in false }
            let refusal = await service.refusal("DescribeStream", #"{"StreamId":"\#(id)"}"#, caller: nobody)
            #expect(refusal?.code == .resourceNotFound)
            #expect(refusal?.message == "Stream \(id) under account 000000000000 not found.")
        }
    }

    /// Every call on a consumer, by its ARN and where it may be by the names.
    private static func consumerCalls(_ arn: String, _ consumer: String) -> [(action: String, body: String)] {
        [
            ("DescribeStreamConsumer", #"{"ConsumerARN":"\#(consumer)"}"#),
            ("DescribeStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"c"}"#),
            (
                "SubscribeToShard",
                #"""
                {"ConsumerARN":"\#(consumer)","ShardId":"shardId-000000000000","StartingPosition":{"Type":"LATEST"}}
                """#
            ),
            ("TagResource", #"{"ResourceARN":"\#(consumer)","Tags":{"a":"b"}}"#),
            ("ListTagsForResource", #"{"ResourceARN":"\#(consumer)"}"#),
            ("UntagResource", #"{"ResourceARN":"\#(consumer)","TagKeys":["a"]}"#),
            (
                "PutResourcePolicy",
                #"""
                {"ResourceARN":"\#(consumer)","Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\#
                \"Action\":\"kinesis:SubscribeToShard\",\"Resource\":\"\#(consumer)\"}]}"}
                """#
            ),
            ("GetResourcePolicy", #"{"ResourceARN":"\#(consumer)"}"#),
            ("DeleteResourcePolicy", #"{"ResourceARN":"\#(consumer)"}"#),
            ("DeregisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"c"}"#),
        ]
    }

    @Test func callsOnAConsumerAskForItAndNotForItsStream() async throws {
        try await withService { service in
            try await service.createStream()
            let registered = try await service.call(
                RegisterStreamConsumer.self,
                .init(streamARN: Self.arn, consumerName: "c")
            )
            let arn = registered.consumer.consumerARN
            let user = TestCaller { _, resource in resource == arn }
            let owner = TestCaller { _, resource in resource == Self.arn }
            for (action, body) in Self.consumerCalls(Self.arn, arn) {
                #expect(await service.refusal(action, body, caller: owner)?.code == .accessDenied, "\(action)")
                let refusal = await service.refusal(action, body, caller: user)
                #expect(refusal == nil, "\(action): \(refusal.map { "\($0)" } ?? "")")
            }
            #expect(user.questions.allSatisfy { $0.hasSuffix(" \(arn)") })
            #expect(user.questions.count == Self.consumerCalls(Self.arn, arn).count)
        }
    }

    @Test func theConsumersOfAStreamAreTheStreams() async throws {
        try await withService { service in
            try await service.createStream()
            let owner = TestCaller { _, resource in resource == Self.arn }
            for (action, body) in [
                ("RegisterStreamConsumer", #"{"StreamARN":"\#(Self.arn)","ConsumerName":"c"}"#),
                ("ListStreamConsumers", #"{"StreamARN":"\#(Self.arn)"}"#),
            ] {
                #expect(await service.refusal(action, body, caller: owner) == nil)
            }
        }
    }

    @Test func nobodyLearnsWhichConsumersThereAre() async throws {
        try await withService { service in
            try await service.createStream()
            _ = try await service.call(RegisterStreamConsumer.self, .init(streamARN: Self.arn, consumerName: "c"))
            let summary = try await service.call(DescribeStreamSummary.self, .init(streamName: "s"))
            let id = try #require(summary.streamDescriptionSummary.streamID)
            let nobody = TestCaller { _, _ in false }
            for name in ["c", "absent"] {
                let byARN = #"{"StreamARN":"\#(Self.arn)","ConsumerName":"\#(name)"}"#
                let denied = await service.refusal("DescribeStreamConsumer", byARN, caller: nobody)
                #expect(denied?.code == .accessDenied)
                #expect(denied?.message.contains("\(Self.arn)/consumer/\(name):0") == true)
                // The ID is that of another stream, or of the same one: that is not told.
                for arn in [Self.arn, "\(Self.arn)-other"] {
                    let both = #"{"StreamARN":"\#(arn)","StreamId":"\#(id)","ConsumerName":"\#(name)"}"#
                    let denied = await service.refusal("DescribeStreamConsumer", both, caller: nobody)
                    #expect(denied?.message.contains("\(arn)/consumer/\(name):0") == true)
                }
                let byID = #"{"StreamId":"\#(id)","ConsumerName":"\#(name)"}"#
                let refusal = await service.refusal("DescribeStreamConsumer", byID, caller: nobody)
                #expect(refusal?.message == "Stream \(id) under account 000000000000 not found.")
            }
            let user = TestCaller { _, resource in resource.hasPrefix("\(Self.arn)/consumer/") }
            let byID = #"{"StreamId":"\#(id)","ConsumerName":"c"}"#
            #expect(await service.refusal("DescribeStreamConsumer", byID, caller: user) == nil)
        }
    }

    @Test func whoMayListStreamsSeesAllOfThem() async throws {
        try await withService { service in
            try await service.createStream("a")
            try await service.createStream("b")
            let lister = TestCaller { _, resource in resource == "*" }
            let answer = try await service.call(ListStreams.self, .init(), caller: lister)
            #expect(answer.streamNames == ["a", "b"])
            #expect(answer.streamSummaries?.count == 2)
            #expect(lister.questions == ["kinesis:ListStreams *"])
        }
    }
}
