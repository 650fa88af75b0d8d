import NIOCore
import WeirModel

@testable import WeirWire

/// A message of each action with every member set, and texts that need escapes here and there.
enum Samples {
    static let messages: [any WireMessage & Codable] =
        kinesisRequests + kinesisResponses + settingsRequests + settingsResponses + accountRequests + accountResponses
        + tableRequests + tableResponses + queueMessages

    private static let range = HashKeyRangeShape(startingHashKey: "0", endingHashKey: "9")
    private static let mode = StreamModeDetails(streamMode: "PROVISIONED")
    static let time = Timestamp(millisecondsSinceEpoch: 1_700_000_000_123)
    private static let arn = "arn:aws:kinesis:eu-west-1:000000000000:stream/s"
    private static let id = "0lq0c4jq70000000000a-1b2"
    private static let shard = Shard(
        shardID: "shardId-000000000002",
        parentShardID: "shardId-000000000000",
        adjacentParentShardID: "shardId-000000000001",
        hashKeyRange: range,
        sequenceNumberRange: SequenceNumberRange(startingSequenceNumber: "1", endingSequenceNumber: "2")
    )

    private static let consumerARN = "\(arn)/consumer/c:1700000000"
    private static let streamID = "0123456789abcdefghij-xyz"
    private static let consumer = Consumer(
        consumerName: "c",
        consumerARN: consumerARN,
        consumerStatus: "ACTIVE",
        consumerCreationTimestamp: time
    )

    private static let kinesisRequests: [any WireMessage & Codable] = [
        AddTagsToStream.Request(streamName: "s", tags: ["a \"b\"": "c\\d", "é": ""], streamARN: arn, streamID: id),
        CreateStream.Request(
            streamName: "s",
            shardCount: 3,
            streamModeDetails: mode,
            tags: ["a": "b"],
            warmThroughputMiBps: 8,
            maxRecordSizeInKiB: 2048,
            recordDistributionStrategy: "AUTO"
        ),
        DecreaseStreamRetentionPeriod.Request(streamName: "s", retentionPeriodHours: 24, streamARN: arn, streamID: id),
        DeleteStream.Request(streamName: "s", enforceConsumerDeletion: true, streamARN: arn, streamID: id),
        DescribeStream.Request(
            streamName: "s",
            limit: 1,
            exclusiveStartShardID: "shardId-000000000000",
            streamARN: arn,
            streamID: id
        ),
        DescribeStreamSummary.Request(streamName: "s", streamARN: arn, streamID: id),
        DeregisterStreamConsumer.Request(
            streamARN: arn,
            consumerName: "c",
            consumerARN: consumerARN,
            streamID: streamID
        ),
        DescribeStreamConsumer.Request(
            streamARN: arn,
            consumerName: "c",
            consumerARN: consumerARN,
            streamID: streamID
        ),
        ListStreamConsumers.Request(
            streamARN: arn,
            nextToken: "n",
            maxResults: 5,
            streamCreationTimestamp: time,
            streamID: streamID
        ),
        RegisterStreamConsumer.Request(streamARN: arn, consumerName: "c", streamID: streamID, tags: ["a": "b"]),
        GetRecords.Request(shardIterator: "AAA/+=", limit: 10_000, streamARN: arn, streamID: id, isDryRun: true),
        GetShardIterator.Request(
            streamName: "s",
            shardID: "shardId-000000000000",
            shardIteratorType: "AT_TIMESTAMP",
            startingSequenceNumber: "1",
            timestamp: time,
            streamARN: arn,
            streamID: id,
            isDryRun: true
        ),
        IncreaseStreamRetentionPeriod.Request(
            streamName: "s",
            retentionPeriodHours: 8760,
            streamARN: arn,
            streamID: id
        ),
        ListShards.Request(
            streamName: "s",
            nextToken: "n",
            exclusiveStartShardID: "shardId-000000000000",
            maxResults: 5,
            streamCreationTimestamp: time,
            shardFilter: ShardFilter(type: "AT_TIMESTAMP", shardID: "shardId-000000000000", timestamp: time),
            streamARN: arn,
            streamID: id
        ),
        ListStreams.Request(limit: 1, exclusiveStartStreamName: "r", nextToken: "n"),
        TagResource.Request(tags: ["a": "b"], resourceARN: arn, streamID: id),
        UntagResource.Request(tagKeys: ["a", "b"], resourceARN: arn, streamID: id),
        ListTagsForResource.Request(resourceARN: arn, streamID: id),
        ListTagsForStream.Request(streamName: "s", exclusiveStartTagKey: "a", limit: 50, streamARN: arn, streamID: id),
        MergeShards.Request(
            streamName: "s",
            shardToMerge: "a",
            adjacentShardToMerge: "b",
            streamARN: arn,
            streamID: id
        ),
        PutRecord.Request(
            streamName: "s",
            data: ByteBuffer(bytes: [0, 1, 0xFF]),
            partitionKey: "key\n",
            explicitHashKey: "340282366920938463463374607431768211455",
            sequenceNumberForOrdering: "1",
            streamARN: arn,
            streamID: id,
            isDryRun: true
        ),
        PutRecords.Request(
            records: [
                PutRecordsRequestEntry(data: ByteBuffer(string: "data"), explicitHashKey: "1", partitionKey: "é"),
                PutRecordsRequestEntry(data: ByteBuffer(), explicitHashKey: "2", partitionKey: "b"),
            ],
            streamName: "s",
            streamARN: arn,
            streamID: id,
            isDryRun: true
        ),
        RemoveTagsFromStream.Request(streamName: "s", tagKeys: ["a", "b"], streamARN: arn, streamID: id),
        SubscribeToShard.Request(
            consumerARN: consumerARN,
            streamID: streamID,
            shardID: "shardId-000000000000",
            startingPosition: StartingPositionShape(type: "AT_TIMESTAMP", sequenceNumber: "1", timestamp: time),
            isDryRun: true
        ),
        SplitShard.Request(streamName: "s", shardToSplit: "a", newStartingHashKey: "5", streamARN: arn, streamID: id),
    ]

    private static let settingsRequests: [any WireMessage & Codable] = [
        UpdateStreamMode.Request(streamARN: arn, streamID: id, streamModeDetails: mode, warmThroughputMiBps: 5),
        UpdateMaxRecordSize.Request(streamARN: arn, streamID: id, maxRecordSizeInKiB: 10_240),
        StartStreamEncryption.Request(
            streamName: "s",
            encryptionType: "KMS",
            keyID: "alias/aws/kinesis",
            streamARN: arn,
            streamID: id
        ),
        StopStreamEncryption.Request(
            streamName: "s",
            encryptionType: "KMS",
            keyID: "alias/aws/kinesis",
            streamARN: arn,
            streamID: id
        ),
        EnableEnhancedMonitoring.Request(
            streamName: "s",
            shardLevelMetrics: ["ALL"],
            streamARN: arn,
            streamID: id
        ),
        DisableEnhancedMonitoring.Request(
            streamName: "s",
            shardLevelMetrics: ["IncomingBytes", "OutgoingBytes"],
            streamARN: arn,
            streamID: id
        ),
        UpdateStreamWarmThroughput.Request(streamARN: arn, streamName: "s", streamID: id, warmThroughputMiBps: 9),
        UpdateStreamRecordDistributionStrategy.Request(
            streamARN: arn,
            streamID: id,
            recordDistributionStrategy: "USER_PARTITION_KEY"
        ),
    ]

    private static let accountRequests: [any WireMessage & Codable] = [
        DescribeLimits.Request(),
        DescribeAccountSettings.Request(),
        UpdateAccountSettings.Request(
            minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentInput(status: "ENABLED")
        ),
        GetResourcePolicy.Request(resourceARN: arn, streamID: id),
        PutResourcePolicy.Request(resourceARN: arn, streamID: id, policy: #"{"Statement":[]}"#),
        DeleteResourcePolicy.Request(resourceARN: arn, streamID: id),
    ]

    private static let commitment = MinimumThroughputBillingCommitmentOutput(
        status: "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
        startedAt: time,
        endedAt: time,
        earliestAllowedEndAt: time
    )

    private static let accountResponses: [any WireMessage & Codable] = [
        DescribeLimits.Response(
            shardLimit: 500,
            openShardCount: 7,
            onDemandStreamCount: 2,
            onDemandStreamCountLimit: 50
        ),
        DescribeAccountSettings.Response(minimumThroughputBillingCommitment: commitment),
        UpdateAccountSettings.Response(minimumThroughputBillingCommitment: commitment),
        GetResourcePolicy.Response(policy: "{}"),
    ]

    private static let settingsResponses: [any WireMessage & Codable] = [
        EnhancedMonitoringOutput(
            streamName: "s",
            currentShardLevelMetrics: [],
            desiredShardLevelMetrics: ["IncomingBytes"],
            streamARN: arn
        ),
        UpdateStreamWarmThroughput.Response(
            streamARN: arn,
            streamName: "s",
            warmThroughput: WarmThroughput(targetMiBps: 9, currentMiBps: 4)
        ),
    ]

    private static let kinesisResponses: [any WireMessage & Codable] = [
        RegisterStreamConsumer.Response(consumer: consumer),
        SubscribeToShardEvent(
            records: [
                Record(
                    sequenceNumber: "1",
                    approximateArrivalTimestamp: time,
                    data: ByteBuffer(bytes: [0, 1, 0xFF]),
                    partitionKey: "é",
                    encryptionType: "NONE"
                )
            ],
            continuationSequenceNumber: "2",
            millisBehindLatest: 7,
            childShards: [ChildShard(shardID: "c", parentShards: ["a", "b"], hashKeyRange: range)]
        ),
        ListStreamConsumers.Response(consumers: [consumer, consumer], nextToken: "n"),
        DescribeStreamConsumer.Response(
            consumerDescription: ConsumerDescriptionShape(
                consumerName: "c",
                consumerARN: consumerARN,
                consumerStatus: "CREATING",
                consumerCreationTimestamp: time,
                streamARN: arn
            )
        ),
        DescribeStream.Response(
            streamDescription: StreamDescriptionShape(
                streamName: "s",
                streamARN: arn,
                streamStatus: "ACTIVE",
                streamModeDetails: mode,
                shards: [shard],
                hasMoreShards: false,
                retentionPeriodHours: 24,
                streamCreationTimestamp: time,
                enhancedMonitoring: [EnhancedMonitoring(shardLevelMetrics: ["ALL"])],
                encryptionType: "KMS",
                keyID: "alias/k"
            )
        ),
        DescribeStreamSummary.Response(
            streamDescriptionSummary: StreamDescriptionSummary(
                streamName: "s",
                streamARN: arn,
                streamID: id,
                streamStatus: "ACTIVE",
                streamModeDetails: mode,
                retentionPeriodHours: 24,
                streamCreationTimestamp: time,
                enhancedMonitoring: [EnhancedMonitoring(shardLevelMetrics: [])],
                encryptionType: "NONE",
                keyID: "k",
                openShardCount: 3,
                consumerCount: 0,
                warmThroughput: WarmThroughput(targetMiBps: 3, currentMiBps: 2),
                maxRecordSizeInKiB: 1024,
                recordDistributionStrategy: "AUTO",
                queueCount: 3
            )
        ),
        GetRecords.Response(
            records: [
                Record(
                    sequenceNumber: "49",
                    approximateArrivalTimestamp: time,
                    data: ByteBuffer(string: "data"),
                    partitionKey: "k\"",
                    encryptionType: "NONE"
                ),
                Record(
                    sequenceNumber: "50",
                    approximateArrivalTimestamp: Timestamp(millisecondsSinceEpoch: 1_700_000_000_000),
                    data: ByteBuffer(),
                    partitionKey: "漢",
                    encryptionType: "KMS"
                ),
            ],
            nextShardIterator: "next",
            millisBehindLatest: 1234,
            childShards: [ChildShard(shardID: "c", parentShards: ["a", "b"], hashKeyRange: range)]
        ),
        GetShardIterator.Response(shardIterator: "AAAA"),
        ListShards.Response(shards: [shard], nextToken: "n"),
        ListStreams.Response(
            streamNames: ["s"],
            hasMoreStreams: true,
            nextToken: "n",
            streamSummaries: [
                StreamSummary(
                    streamName: "s",
                    streamARN: arn,
                    streamStatus: "ACTIVE",
                    streamModeDetails: mode,
                    streamCreationTimestamp: time
                )
            ]
        ),
        ListTagsForResource.Response(tags: [Tag(key: "a", value: "b")]),
        ListTagsForStream.Response(tags: [Tag(key: "a", value: "b")], hasMoreTags: false),
        PutRecord.Response(shardID: "shardId-000000000000", sequenceNumber: "49", encryptionType: "NONE"),
        PutRecords.Response(
            failedRecordCount: 1,
            records: [
                PutRecordsResultEntry(
                    sequenceNumber: "49",
                    shardID: "shardId-000000000000",
                    errorCode: "ProvisionedThroughputExceededException",
                    errorMessage: "Rate exceeded \"now\""
                )
            ],
            encryptionType: "NONE"
        ),
    ]

    static let item: Item = [
        "S": .string("é\"\\"), "N": .number("-12.5"), "B": .binary([0, 255]), "BOOL": .bool(false), "NULL": .null,
        "SS": .stringSet(["a", "b"]), "NS": .numberSet(["1", "2.5"]), "BS": .binarySet([[1], [2, 3]]),
        "L": .list([.string("x"), .list([]), .map([:])]), "M": .map(["m": .map(["n": .number("0")])]),
        "empty": .string(""),
    ]
}

extension WireMessage {
    /// The message as JSON text.
    var json: String {
        var body = ByteBuffer()
        write(to: &body, format: .json)
        return String(buffer: body)
    }

    /// A message from JSON text.
    init(json: String) throws(ServiceError) { try self.init(wire: ByteBuffer(string: json), format: .json) }
}

extension WireMessage {
    /// The message as CBOR.
    var cbor: [UInt8] {
        var body = ByteBuffer()
        write(to: &body, format: .cbor)
        return Array(buffer: body)
    }

    /// A message from CBOR.
    init(cbor: [UInt8]) throws(ServiceError) { try self.init(wire: ByteBuffer(bytes: cbor), format: .cbor) }
}

extension WireValue {
    /// The same with the members of each map by ascending name, so that two trees can be compared.
    var sorted: WireValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .map(let map):
            .map(WireMap(map.members.map { WireMember($0.name, $0.value.sorted) }.sorted { $0.name < $1.name }))
        default: self
        }
    }
}
