import Testing
import WeirModel
import WeirService

/// A request that is refused: what it is, and AWS's answer to it.
struct Refusal: Sendable, CustomTestStringConvertible {
    var action: String
    var body: String
    var code: ServiceError.Code
    var message: String

    init(_ action: String, _ body: String, _ code: ServiceError.Code, _ message: String) {
        self.action = action
        self.body = body
        self.code = code
        self.message = message
    }

    /// A refusal that lists what is wrong with the members.
    init(_ action: String, _ body: String, invalid constraints: [String]) {
        let plural = constraints.count == 1 ? "" : "s"
        self.init(
            action,
            body,
            .validation,
            "\(constraints.count) validation error\(plural) detected: \(constraints.joined(separator: "; "))"
        )
    }

    var testDescription: String { "\(action) \(body.prefix(60)) \(code)" }
}

private func null(_ member: String) -> String { broken(member, nil, "Member must not be null") }

private func broken(_ member: String, _ value: String?, _ constraint: String) -> String {
    "Value \(value.map { "'\($0)'" } ?? "null") at '\(member)' failed to satisfy constraint: \(constraint)"
}

private func badName(_ member: String, _ value: String) -> String {
    broken(member, value, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
}

private func tooShort(_ member: String) -> String {
    broken(member, "", "Member must have length greater than or equal to 1")
}

private func tooLong(_ member: String, _ value: String, _ limit: Int) -> String {
    broken(member, value, "Member must have length less than or equal to \(limit)")
}

private func noHashKey(_ member: String, _ value: String) -> String {
    broken(member, value, #"Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})"#)
}

private func noSequenceNumber(_ member: String, _ value: String) -> String {
    broken(member, value, #"Member must satisfy regular expression pattern: 0|([1-9]\d{0,128})"#)
}

private let a129 = String(repeating: "a", count: 129)
private let a257 = String(repeating: "a", count: 257)
private let account = "000000000000"
private let iteratorTypes = "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"

/// The stream `s` has three shards; there is no stream `absent`.
@Suite struct ValidationTests {
    static let names: [Refusal] = [
        Refusal("DescribeStream", "{}", invalid: [null("streamName")]),
        Refusal("DeleteStream", "{}", invalid: [null("streamName")]),
        Refusal("DescribeStreamSummary", "{}", invalid: [null("streamName")]),
        Refusal(
            "DescribeStream",
            #"{"StreamName":"","Limit":0,"ExclusiveStartShardId":""}"#,
            invalid: [
                broken("limit", "0", "Member must have value greater than or equal to 1"),
                badName("exclusiveStartShardId", ""), tooShort("exclusiveStartShardId"),
                badName("streamName", ""), tooShort("streamName"),
            ]
        ),
        Refusal(
            "DescribeStream",
            #"{"StreamName":"\#(a129)","Limit":100000}"#,
            invalid: [
                broken("limit", "100000", "Member must have value less than or equal to 10000"),
                tooLong("streamName", a129, 128),
            ]
        ),
        Refusal("DeleteStream", #"{"StreamName":"not allowed!"}"#, invalid: [badName("streamName", "not allowed!")]),
        Refusal(
            "DeleteStream",
            #"{"StreamARN":"arn:aws:s3:::bucket"}"#,
            invalid: [
                broken(
                    "streamARN",
                    "arn:aws:s3:::bucket",
                    #"Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:stream/\S+"#
                )
            ]
        ),
        Refusal(
            "DeleteStream",
            #"{"StreamName":"s","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/t"}"#,
            .invalidArgument,
            """
            StreamName s and StreamARN arn:aws:kinesis:us-east-1:000000000000:stream/t must refer to the same stream.
            """
        ),
        Refusal(
            "DescribeStream",
            #"{"StreamARN":"arn:aws:kinesis:us-east-1:111111111111:stream/s"}"#,
            .resourceNotFound,
            "Stream s under account 111111111111 not found."
        ),
        Refusal("Nothing", "{}", .unknownOperation, ""),
    ]

    static let streams: [Refusal] =
        ["DescribeStream", "DescribeStreamSummary", "DeleteStream", "ListShards"].map {
            Refusal(
                $0,
                #"{"StreamName":"absent"}"#,
                .resourceNotFound,
                "Stream absent under account \(account) not found."
            )
        } + [
            Refusal("CreateStream", "{}", invalid: [null("shardCount"), null("streamName")]),
            Refusal(
                "CreateStream",
                #"{"StreamName":"","ShardCount":0}"#,
                invalid: [
                    broken("shardCount", "0", "Member must have value greater than or equal to 1"),
                    badName("streamName", ""), tooShort("streamName"),
                ]
            ),
            Refusal(
                "CreateStream",
                #"{"StreamName":"\#(a129)","ShardCount":1}"#,
                invalid: [tooLong("streamName", a129, 128)]
            ),
            Refusal(
                "CreateStream",
                #"{"StreamName":"s","ShardCount":1}"#,
                .resourceInUse,
                "Stream s under account \(account) already exists."
            ),
            Refusal(
                "CreateStream",
                #"{"StreamName":"t","ShardCount":100001}"#,
                .limitExceeded,
                """
                This request would exceed the shard limit for the account \(account) in us-east-1. Limit: 100000. \
                Number of additional shards that would have resulted from this request: 100001.
                """
            ),
            Refusal(
                "CreateStream",
                #"{"StreamName":"t","StreamModeDetails":{"StreamMode":"ODD"},"ShardCount":1}"#,
                invalid: [
                    broken(
                        "streamModeDetails.streamMode",
                        "ODD",
                        "Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]"
                    )
                ]
            ),
            Refusal(
                "ListStreams",
                #"{"Limit":0,"ExclusiveStartStreamName":""}"#,
                invalid: [
                    broken("limit", "0", "Member must have value greater than or equal to 1"),
                    badName("exclusiveStartStreamName", ""), tooShort("exclusiveStartStreamName"),
                ]
            ),
            Refusal("ListStreams", #"{"NextToken":"x"}"#, .invalidArgument, "Invalid NextToken."),
            Refusal(
                "ListShards",
                "{}",
                .invalidArgument,
                "Either NextToken or StreamName should be provided."
            ),
            Refusal(
                "ListShards",
                #"{"StreamName":"s","NextToken":"x"}"#,
                .invalidArgument,
                "NextToken and StreamName cannot be provided together."
            ),
            Refusal("ListShards", #"{"NextToken":"x"}"#, .invalidArgument, "Invalid NextToken."),
            Refusal(
                "ListShards",
                #"{"StreamName":"","NextToken":"","MaxResults":0,"ExclusiveStartShardId":""}"#,
                invalid: [
                    broken("maxResults", "0", "Member must have value greater than or equal to 1"),
                    badName("exclusiveStartShardId", ""), tooShort("exclusiveStartShardId"),
                    tooShort("nextToken"), badName("streamName", ""), tooShort("streamName"),
                ]
            ),
            Refusal(
                "ListShards",
                #"{"StreamName":"s","ShardFilter":{"Type":"AT_TIMESTAMP"}}"#,
                .invalidArgument,
                "Timestamp must be provided with ShardFilter type AT_TIMESTAMP."
            ),
            Refusal(
                "ListShards",
                #"{"StreamName":"s","ShardFilter":{"Type":"AFTER_SHARD_ID"}}"#,
                .invalidArgument,
                "ShardId must be provided with ShardFilter type AFTER_SHARD_ID."
            ),
        ]

    static let puts: [Refusal] = [
        Refusal("PutRecord", "{}", invalid: [null("partitionKey"), null("data"), null("streamName")]),
        Refusal(
            "PutRecord",
            #"{"StreamName":"","PartitionKey":"","Data":"","ExplicitHashKey":"","SequenceNumberForOrdering":""}"#,
            invalid: [
                noSequenceNumber("sequenceNumberForOrdering", ""), tooShort("partitionKey"),
                noHashKey("explicitHashKey", ""), badName("streamName", ""), tooShort("streamName"),
            ]
        ),
        Refusal(
            "PutRecord",
            #"{"StreamName":"\#(a129)","PartitionKey":"\#(a257)","Data":"","ExplicitHashKey":"01"}"#,
            invalid: [
                tooLong("partitionKey", a257, 256), noHashKey("explicitHashKey", "01"),
                tooLong("streamName", a129, 128),
            ]
        ),
        Refusal(
            "PutRecord",
            #"{"StreamName":"absent","PartitionKey":"k","Data":""}"#,
            .resourceNotFound,
            "Stream absent under account \(account) not found."
        ),
        Refusal(
            "PutRecord",
            #"{"StreamName":"s","PartitionKey":"a","Data":"","ExplicitHashKey":"340282366920938463463374607431768211456"}"#,
            .invalidArgument,
            """
            Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. \
            Specified value was 340282366920938463463374607431768211456
            """
        ),
        Refusal(
            "PutRecord",
            #"{"StreamName":"s","PartitionKey":"a","Data":"","SequenceNumberForOrdering":"5"}"#,
            .invalidArgument,
            "ExclusiveMinimumSequenceNumber 5 used in PutRecord on stream s under account \(account) is invalid."
        ),
        Refusal("PutRecords", "{}", invalid: [null("records"), null("streamName")]),
        Refusal(
            "PutRecords",
            #"{"StreamName":"","Records":[]}"#,
            invalid: [
                broken("records", "[]", "Member must have length greater than or equal to 1"),
                badName("streamName", ""), tooShort("streamName"),
            ]
        ),
        Refusal(
            "PutRecords",
            #"{"StreamName":"s","Records":[{"PartitionKey":"a","Data":""},{"PartitionKey":"","ExplicitHashKey":"x"}]}"#,
            invalid: [
                tooShort("records.2.member.partitionKey"), noHashKey("records.2.member.explicitHashKey", "x"),
                null("records.2.member.data"),
            ]
        ),
        Refusal(
            "PutRecords",
            #"{"StreamName":"absent","Records":[{"PartitionKey":"a","Data":""}]}"#,
            .resourceNotFound,
            "Stream absent under account \(account) not found."
        ),
    ]

    static let reads: [Refusal] = [
        Refusal("GetShardIterator", "{}", invalid: [null("shardId"), null("shardIteratorType"), null("streamName")]),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"","ShardIteratorType":"","ShardId":"","StartingSequenceNumber":""}"#,
            invalid: [
                badName("shardId", ""), tooShort("shardId"),
                broken("shardIteratorType", "", "Member must satisfy enum value set: \(iteratorTypes)"),
                noSequenceNumber("startingSequenceNumber", ""), badName("streamName", ""), tooShort("streamName"),
            ]
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"absent","ShardId":"2147483647","ShardIteratorType":"LATEST"}"#,
            .resourceNotFound,
            "Shard shardId-002147483647 in stream absent under account \(account) does not exist"
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-002147483648","ShardIteratorType":"LATEST"}"#,
            .resourceNotFound,
            "Could not find shard shardId-002147483648 in stream s under account \(account)."
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"ABKLFD8","ShardIteratorType":"LATEST"}"#,
            .resourceNotFound,
            "Could not find shard ABKLFD8 in stream s under account \(account)."
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-5","ShardIteratorType":"LATEST"}"#,
            .resourceNotFound,
            "Shard shardId-000000000005 in stream s under account \(account) does not exist"
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-0","ShardIteratorType":"AT_TIMESTAMP"}"#,
            .invalidArgument,
            """
            Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. \
            Current request has no timestamp parameter.
            """
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-0","ShardIteratorType":"AT_TIMESTAMP","Timestamp":1700000000.001}"#,
            .invalidArgument,
            """
            The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
            timestampInMillis: 1700000000001, currentTimestampInMillis: 1700000000000
            """
        ),
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-0","ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"5"}"#,
            .invalidArgument,
            """
            StartingSequenceNumber 5 used in GetShardIterator on shard shardId-000000000000 in stream s \
            under account \(account) is invalid.
            """
        ),
        Refusal("GetRecords", "{}", invalid: [null("shardIterator")]),
        Refusal(
            "GetRecords",
            #"{"ShardIterator":"","Limit":0}"#,
            invalid: [
                broken("limit", "0", "Member must have value greater than or equal to 1"), tooShort("shardIterator"),
            ]
        ),
        Refusal(
            "GetRecords",
            #"{"ShardIterator":"\#(String(repeating: "a", count: 513))","Limit":10001}"#,
            invalid: [
                broken("limit", "10001", "Member must have value less than or equal to 10000"),
                tooLong("shardIterator", String(repeating: "a", count: 513), 512),
            ]
        ),
        Refusal("GetRecords", #"{"ShardIterator":"garbage"}"#, .invalidArgument, "Invalid ShardIterator."),
    ]

    static let given: [Refusal] = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"].map { type in
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-0","ShardIteratorType":"\#(type)","StartingSequenceNumber":"5"}"#,
            .invalidArgument,
            """
            Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
            (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
            Request specified \(type) and also a StartingSequenceNumber.
            """
        )
    }

    static let missing: [Refusal] = ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"].map { type in
        Refusal(
            "GetShardIterator",
            #"{"StreamName":"s","ShardId":"shardId-0","ShardIteratorType":"\#(type)"}"#,
            .invalidArgument,
            """
            Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
            (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
            Request specified \(type) and no StartingSequenceNumber.
            """
        )
    }

    static let reshards: [Refusal] = [
        Refusal("SplitShard", "{}", invalid: [null("newStartingHashKey"), null("streamName"), null("shardToSplit")]),
        Refusal(
            "SplitShard",
            #"{"StreamName":"s","ShardToSplit":"","NewStartingHashKey":""}"#,
            invalid: [noHashKey("newStartingHashKey", ""), badName("shardToSplit", ""), tooShort("shardToSplit")]
        ),
        Refusal(
            "SplitShard",
            #"{"StreamName":"absent","ShardToSplit":"shardId-0","NewStartingHashKey":"5"}"#,
            .resourceNotFound,
            "Stream absent under account \(account) not found."
        ),
        Refusal(
            "SplitShard",
            #"{"StreamName":"s","ShardToSplit":"shardId-5","NewStartingHashKey":"5"}"#,
            .resourceNotFound,
            "Could not find shard shardId-000000000005 in stream s under account \(account)."
        ),
        Refusal(
            "MergeShards",
            "{}",
            invalid: [null("shardToMerge"), null("adjacentShardToMerge"), null("streamName")]
        ),
        Refusal(
            "MergeShards",
            #"{"StreamName":"s","ShardToMerge":"shardId-0","AdjacentShardToMerge":"shardId-5"}"#,
            .resourceNotFound,
            "Could not find shard shardId-000000000005 in stream s under account \(account)."
        ),
        Refusal(
            "MergeShards",
            #"{"StreamName":"s","ShardToMerge":"x-0","AdjacentShardToMerge":"x-2"}"#,
            .invalidArgument,
            """
            Shards shardId-000000000000 and shardId-000000000002 in stream s under account \(account) \
            are not an adjacent pair of shards eligible for merging
            """
        ),
        Refusal(
            "MergeShards",
            #"{"StreamName":"s","ShardToMerge":"x-1","AdjacentShardToMerge":"x-0"}"#,
            .invalidArgument,
            """
            Shards shardId-000000000001 and shardId-000000000000 in stream s under account \(account) \
            are not an adjacent pair of shards eligible for merging
            """
        ),
    ]

    static let splits: [Refusal] = [
        ("0", 0), ("1", 0), ("113427455640312821154458202477256070484", 0),
        ("113427455640312821154458202477256070485", 0), ("999999999999999999999999999999999999999", 2),
    ].map { key, shard in
        let range =
            shard == 0
            ? ("0", "113427455640312821154458202477256070484")
            : ("226854911280625642308916404954512140970", "340282366920938463463374607431768211455")
        return Refusal(
            "SplitShard",
            #"{"StreamName":"s","ShardToSplit":"shardId-\#(shard)","NewStartingHashKey":"\#(key)"}"#,
            .invalidArgument,
            """
            NewStartingHashKey \(key) used in SplitShard() on shard shardId-00000000000\(shard) in stream s under \
            account \(account) is not both greater than one plus the shard's StartingHashKey \(range.0) and less than \
            the shard's EndingHashKey \(range.1).
            """
        )
    }

    static let retentions: [Refusal] = ["IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod"].flatMap {
        [
            Refusal($0, "{}", invalid: [null("retentionPeriodHours"), null("streamName")]),
            Refusal(
                $0,
                #"{"StreamName":"","RetentionPeriodHours":-1}"#,
                invalid: [
                    broken("retentionPeriodHours", "-1", "Member must have value greater than or equal to 1"),
                    badName("streamName", ""), tooShort("streamName"),
                ]
            ),
            Refusal(
                $0,
                #"{"StreamName":"s","RetentionPeriodHours":23}"#,
                .invalidArgument,
                "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."
            ),
            Refusal(
                $0,
                #"{"StreamName":"s","RetentionPeriodHours":8761}"#,
                .invalidArgument,
                "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long."
            ),
            Refusal(
                $0,
                #"{"StreamName":"absent","RetentionPeriodHours":25}"#,
                .resourceNotFound,
                "Stream absent under account \(account) not found."
            ),
        ]
    }

    @Test(arguments: [names, streams, puts, reads, given, missing, reshards, splits, retentions])
    func badRequestsAreRefusedInTheWordsOfAWS(refusals: [Refusal]) async throws {
        try await withService { test in
            try await test.createStream(shards: 3)
            for refusal in refusals {
                let error = await test.refusal(refusal.action, refusal.body)
                #expect(error?.code == refusal.code, "\(refusal.action) \(refusal.body)")
                #expect(error?.message == refusal.message, "\(refusal.action) \(refusal.body)")
                #expect(error?.httpStatus == 400)
            }
        }
    }

    @Test func noMoreThanTenErrorsAreListed() async throws {
        try await withService { test in
            let records = Array(repeating: #"{"PartitionKey":""}"#, count: 20).joined(separator: ",")
            let error = await test.refusal("PutRecords", #"{"StreamName":"s","Records":[\#(records)]}"#)
            #expect(error?.message.hasPrefix("10 validation errors detected: ") == true)
        }
    }

    @Test(arguments: [
        ("PutRecord", "not JSON"), ("PutRecord", "[]"), ("PutRecord", #"{"StreamName":5}"#),
        ("PutRecord", #"{"StreamName":"s","PartitionKey":"k","Data":"not base64!"}"#),
        ("CreateStream", #"{"StreamName":"s","ShardCount":"four"}"#), ("PutRecords", #"{"Records":{}}"#),
    ])
    func bodiesOfWrongTypesAreRefused(action: String, body: String) async throws {
        try await withService { test in
            #expect(await test.refusal(action, body)?.code == .serialization)
        }
    }
}
