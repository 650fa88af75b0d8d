import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirWire

@testable import WeirClient

private let streamCases = [
    ActionCase(
        "createStream",
        calls: [
            #"CreateStream {"StreamName":"s","ShardCount":4,"StreamModeDetails":{"StreamMode":"PROVISIONED"},"Tags":{"a":"b"}}"#
        ]
    ) {
        try await $0.createStream("s", shardCount: 4, tags: ["a": "b"])
        return ""
    },
    ActionCase(
        "createStream on demand",
        calls: [#"CreateStream {"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#]
    ) {
        try await $0.createStream("s", shardCount: nil)
        return ""
    },
    ActionCase(
        "createStream of large records",
        calls: [
            #"CreateStream {"StreamName":"s","ShardCount":4,"StreamModeDetails":{"StreamMode":"PROVISIONED"},"MaxRecordSizeInKiB":2048}"#
        ]
    ) {
        try await $0.createStream("s", shardCount: 4, maxRecordSizeInKiB: 2048)
        return ""
    },
    ActionCase("deleteStream", calls: [#"DeleteStream {"StreamName":"s","EnforceConsumerDeletion":false}"#]) {
        try await $0.deleteStream("s")
        return ""
    },
    ActionCase(
        "listStreams",
        answers: [#"{"StreamNames":["a","b"],"HasMoreStreams":true}"#],
        calls: [#"ListStreams {"Limit":2,"ExclusiveStartStreamName":"A"}"#],
        result: "a,b true"
    ) {
        let page = try await $0.listStreams(limit: 2, exclusiveStartStreamName: "A")
        return "\(page.streamNames.joined(separator: ",")) \(page.hasMoreStreams)"
    },
    ActionCase(
        "describeStreamSummary",
        answers: [
            """
            {"StreamDescriptionSummary":{"StreamName":"s","StreamARN":"arn","StreamStatus":"ACTIVE",\
            "RetentionPeriodHours":24,"StreamCreationTimestamp":1.5,"EnhancedMonitoring":[],"OpenShardCount":3}}
            """
        ],
        calls: [#"DescribeStreamSummary {"StreamName":"s"}"#],
        result: "3"
    ) { "\(try await $0.describeStreamSummary("s").openShardCount)" },
    ActionCase(
        "describeStream",
        answers: [
            """
            {"StreamDescription":{"StreamName":"s","StreamARN":"arn","StreamStatus":"ACTIVE","Shards":[],\
            "HasMoreShards":true,"RetentionPeriodHours":24,"StreamCreationTimestamp":1.5,"EnhancedMonitoring":[]}}
            """
        ],
        calls: [#"DescribeStream {"StreamName":"s","Limit":1,"ExclusiveStartShardId":"shardId-000000000000"}"#],
        result: "true"
    ) {
        let page = try await $0.describeStream("s", limit: 1, exclusiveStartShardID: "shardId-000000000000")
        return "\(page.hasMoreShards)"
    },
    ActionCase(
        "increaseStreamRetentionPeriod",
        calls: [#"IncreaseStreamRetentionPeriod {"StreamName":"s","RetentionPeriodHours":48}"#]
    ) {
        try await $0.increaseStreamRetentionPeriod("s", hours: 48)
        return ""
    },
    ActionCase(
        "decreaseStreamRetentionPeriod",
        calls: [#"DecreaseStreamRetentionPeriod {"StreamName":"s","RetentionPeriodHours":24}"#]
    ) {
        try await $0.decreaseStreamRetentionPeriod("s", hours: 24)
        return ""
    },
    ActionCase("addTags", calls: [#"AddTagsToStream {"StreamName":"s","Tags":{"a":"b"}}"#]) {
        try await $0.addTags(["a": "b"], toStream: "s")
        return ""
    },
    ActionCase("removeTags", calls: [#"RemoveTagsFromStream {"StreamName":"s","TagKeys":["a"]}"#]) {
        try await $0.removeTags(["a"], fromStream: "s")
        return ""
    },
    ActionCase(
        "listTags",
        answers: [
            #"{"Tags":[{"Key":"a","Value":"1"},{"Key":"b"}],"HasMoreTags":true}"#,
            #"{"Tags":[{"Key":"c","Value":"3"}],"HasMoreTags":false}"#,
        ],
        calls: [
            #"ListTagsForStream {"StreamName":"s"}"#,
            #"ListTagsForStream {"StreamName":"s","ExclusiveStartTagKey":"b"}"#,
        ],
        result: "a,b,c"
    ) { try await $0.listTags(ofStream: "s").map(\.key).joined(separator: ",") },
]

private let shardAnswer = """
    {"ShardId":"shardId-000000000000","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"9"},\
    "SequenceNumberRange":{"StartingSequenceNumber":"1"}}
    """

private let shardCases = [
    ActionCase(
        "listShards",
        answers: [#"{"Shards":[\#(shardAnswer)],"NextToken":"t"}"#, #"{"Shards":[\#(shardAnswer)]}"#],
        calls: [
            #"ListShards {"StreamName":"s","ShardFilter":{"Type":"AT_LATEST"}}"#, #"ListShards {"NextToken":"t"}"#,
        ],
        result: "2"
    ) { "\(try await $0.listShards("s", filter: ShardFilter(type: "AT_LATEST")).count)" },
    ActionCase(
        "splitShard",
        calls: [
            #"SplitShard {"StreamName":"s","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"5"}"#
        ]
    ) {
        try await $0.splitShard(stream: "s", shardID: "shardId-000000000000", newStartingHashKey: "5")
        return ""
    },
    ActionCase(
        "mergeShards",
        calls: [#"MergeShards {"StreamName":"s","ShardToMerge":"a","AdjacentShardToMerge":"b"}"#]
    ) {
        try await $0.mergeShards(stream: "s", shardID: "a", adjacentShardID: "b")
        return ""
    },
    ActionCase(
        "getRecords",
        answers: [#"{"Records":[],"NextShardIterator":"j","MillisBehindLatest":7}"#],
        calls: [#"GetRecords {"ShardIterator":"i","Limit":10}"#],
        result: "j"
    ) { try await $0.getRecords(iterator: "i", limit: 10).nextShardIterator ?? "none" },
]

private let putCases = [
    ActionCase(
        "putRecord",
        answers: [#"{"ShardId":"shardId-000000000000","SequenceNumber":"12"}"#],
        calls: [
            """
            PutRecord {"StreamName":"s","Data":"aGVsbG8=","PartitionKey":"k","ExplicitHashKey":"1",\
            "SequenceNumberForOrdering":"11"}
            """
        ],
        result: "12"
    ) {
        try await $0.putRecord(
            ByteBuffer(string: "hello"),
            stream: "s",
            partitionKey: "k",
            explicitHashKey: "1",
            sequenceNumberForOrdering: "11"
        ).sequenceNumber
    },
    ActionCase(
        "putRecords",
        answers: [#"{"FailedRecordCount":0,"Records":[{"SequenceNumber":"12","ShardId":"shardId-000000000000"}]}"#],
        calls: [#"PutRecords {"Records":[{"Data":"aGVsbG8=","PartitionKey":"k"}],"StreamName":"s"}"#],
        result: "12"
    ) {
        let entry = PutRecordsRequestEntry(data: ByteBuffer(string: "hello"), partitionKey: "k")
        return try await $0.putRecords([entry], stream: "s").records.first?.sequenceNumber ?? "none"
    },
]

private let consumerARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1700000000"

private let consumerAnswer = """
    {"ConsumerName":"c","ConsumerARN":"\(consumerARN)","ConsumerStatus":"ACTIVE","ConsumerCreationTimestamp":1700000000}
    """

private let descriptionAnswer = """
    {"ConsumerDescription":{"ConsumerName":"c","ConsumerARN":"\(consumerARN)","ConsumerStatus":"CREATING",\
    "ConsumerCreationTimestamp":1700000000,"StreamARN":"arn"}}
    """

private let consumerCases = [
    ActionCase(
        "registerStreamConsumer",
        answers: [#"{"Consumer":\#(consumerAnswer)}"#],
        calls: [#"RegisterStreamConsumer {"StreamARN":"arn","ConsumerName":"c","Tags":{"a":"b"}}"#],
        result: consumerARN
    ) { try await $0.registerStreamConsumer("c", streamARN: "arn", tags: ["a": "b"]).consumerARN },
    ActionCase(
        "deregisterStreamConsumer",
        calls: [#"DeregisterStreamConsumer {"ConsumerARN":"\#(consumerARN)"}"#]
    ) {
        try await $0.deregisterStreamConsumer(arn: consumerARN)
        return ""
    },
    ActionCase(
        "describeStreamConsumer by ARN",
        answers: [descriptionAnswer],
        calls: [#"DescribeStreamConsumer {"ConsumerARN":"\#(consumerARN)"}"#],
        result: "CREATING"
    ) { try await $0.describeStreamConsumer(arn: consumerARN).consumerStatus },
    ActionCase(
        "describeStreamConsumer by name",
        answers: [descriptionAnswer],
        calls: [#"DescribeStreamConsumer {"StreamARN":"arn","ConsumerName":"c"}"#],
        result: consumerARN
    ) { try await $0.describeStreamConsumer("c", streamARN: "arn").consumerARN },
    ActionCase(
        "listStreamConsumers",
        answers: [#"{"Consumers":[\#(consumerAnswer)],"NextToken":"t"}"#, #"{"Consumers":[\#(consumerAnswer)]}"#],
        calls: [
            #"ListStreamConsumers {"StreamARN":"arn"}"#, #"ListStreamConsumers {"StreamARN":"arn","NextToken":"t"}"#,
        ],
        result: "2"
    ) { "\(try await $0.listStreamConsumers(streamARN: "arn").count)" },
]

@Suite struct ActionTests {
    @Test(arguments: streamCases + shardCases + putCases + settingsCases + consumerCases + queueCases)
    func sendsAndReads(action: ActionCase)
        async throws
    {
        let kinesis = RecordedKinesis(action.answers)
        #expect(try await action.perform(kinesis) == action.result)
        let sent = try kinesis.calls.map(members)
        #expect(try sent == action.calls.map(members))
    }

    @Test(arguments: [
        (StartingPosition.trimHorizon, #""ShardIteratorType":"TRIM_HORIZON""#),
        (.latest, #""ShardIteratorType":"LATEST""#),
        (.atSequenceNumber("7"), #""ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"7""#),
        (.afterSequenceNumber("7"), #""ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"7""#),
        (.atTimestamp(Timestamp(millisecondsSinceEpoch: 1500)), #""ShardIteratorType":"AT_TIMESTAMP","Timestamp":1.5"#),
    ]) func everyPositionHasItsIterator(position: StartingPosition, rest: String) async throws {
        let kinesis = RecordedKinesis([#"{"ShardIterator":"i"}"#])
        let iterator = try await kinesis.getShardIterator(stream: "s", shardID: "x", position: position)
        #expect(iterator == "i")
        let expected = #"GetShardIterator {"StreamName":"s","ShardId":"x",\#(rest)}"#
        let sent = try kinesis.calls.map(members)
        #expect(try sent == [members(expected)])
    }

    @Test func anAnswerWithoutIteratorIsMalformed() async {
        let kinesis = RecordedKinesis(["{}"])
        let error = await #expect(throws: ServiceError.self) {
            try await kinesis.getShardIterator(stream: "s", shardID: "x", position: .latest)
        }
        #expect(error?.code == .malformedResponse)
    }

    /// The action and the members of its request, whose order does not matter.
    private func members(_ call: String) throws -> [String: WireValue] {
        let parts = call.split(separator: " ", maxSplits: 1)
        let body = ByteBuffer(string: parts.count > 1 ? String(parts[1]) : "")
        guard case .map(let map) = try WireValue(json: body) else { return [:] }
        var members: [String: WireValue] = ["": .string(String(parts[0]))]
        for member in map.members { members[member.name] = member.value }
        return members
    }
}
