import NIOCore
import Testing
import WeirModel
import WeirService
import WeirStore
import WeirTestTools
import WeirWire

@Suite struct SubscribeToShardTests {
    @Test func theResponseComesFirstAndThenTheRecords() async throws {
        try await withSubscriptions { test in
            for text in ["a", "b"] { try await test.test.put(text, key: "k\(text)") }
            let subscription = try await test.subscribe()
            #expect(subscription.stream.contentType == "application/vnd.amazon.eventstream")
            try await subscription.begin()
            let event = try await subscription.event()
            #expect(event.texts == ["a", "b"])
            #expect(event.records.map(\.partitionKey) == ["ka", "kb"])
            #expect(
                event.records.map(\.approximateArrivalTimestamp?.millisecondsSinceEpoch) == [
                    test.time.wallMilliseconds, test.time.wallMilliseconds,
                ]
            )
            #expect(event.millisBehindLatest == 0)
            #expect(event.childShards == nil)
        }
    }

    /// The clock stands still: what comes was pushed.
    @Test(arguments: [WireFormat.json, .cbor]) func recordsArePushed(format: WireFormat) async throws {
        try await withSubscriptions(shards: 2) { test in
            try await test.test.put("before", explicit: "0")
            let subscription = try await test.subscribe("LATEST", format: format)
            try await subscription.begin()
            let first = try await subscription.event()
            #expect(first.records.isEmpty)
            #expect(first.millisBehindLatest == 0)
            for number in 0..<20 {
                async let next = subscription.event()
                // The other shard's records are not given.
                try await test.test.put("other", explicit: "340282366920938463463374607431768211455")
                try await test.test.put("\(number)", explicit: "0")
                #expect(try await next.texts == ["\(number)"])
            }
        }
    }

    @Test func anEmptyEventComesEveryFiveSeconds() async throws {
        try await withSubscriptions { test in
            let subscription = try await test.subscribe("LATEST")
            try await subscription.begin()
            var numbers: Set<String?> = [try await subscription.event().continuationSequenceNumber]
            for _ in 0..<3 {
                async let next = subscription.event()
                try await test.advance(seconds: 5)
                let event = try await next
                #expect(event.records.isEmpty)
                numbers.insert(event.continuationSequenceNumber)
            }
            #expect(numbers.count == 1)
            #expect(numbers.first != .some(nil))
        }
    }

    @Test func itEndsAfterFiveMinutes() async throws {
        try await withSubscriptions { test in
            let subscription = try await test.subscribe("LATEST")
            try await subscription.begin()
            _ = try await subscription.event()
            test.time.advance(seconds: Limits.subscriptionLifetimeInSeconds - 1)
            // An empty event is long due.
            #expect(try await subscription.event().records.isEmpty)
            async let end = subscription.next()
            try await test.advance(seconds: 1)
            #expect(try await end == nil)
            #expect(await test.refusal() == nil)
        }
    }

    @Test func everyStartingPositionIsTaken() async throws {
        try await withSubscriptions { test in
            var numbers: [String] = []
            for text in ["a", "b", "c"] {
                numbers.append(try await test.test.put(text).sequenceNumber)
                test.time.advance(seconds: 1)
            }
            let times = (0..<3).map { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000 + $0 * 1000) }
            let cases: [(String, String?, Timestamp?, [String])] = [
                ("TRIM_HORIZON", nil, nil, ["a", "b", "c"]), ("LATEST", nil, nil, []),
                ("AT_SEQUENCE_NUMBER", numbers[1], nil, ["b", "c"]),
                ("AFTER_SEQUENCE_NUMBER", numbers[1], nil, ["c"]), ("AT_TIMESTAMP", nil, times[1], ["b", "c"]),
            ]
            for (type, number, timestamp, expected) in cases {
                test.time.advance(seconds: 5)
                let subscription = try await test.subscribe(type, number: number, timestamp: timestamp)
                try await subscription.begin()
                #expect(try await subscription.event().texts == expected)
                subscription.stream.cancel()
            }
        }
    }

    /// From any event on, both kinds of position that a number can name lead to what follows it.
    @Test func itGoesOnWhereItEnded() async throws {
        try await withSubscriptions { test in
            let subscription = try await test.subscribe("TRIM_HORIZON")
            try await subscription.begin()
            var ends = [(try await subscription.event().continuationSequenceNumber, 0)]
            for number in 0..<4 {
                try await test.test.put("\(number)")
                ends.append((try await subscription.event().continuationSequenceNumber, number + 1))
                async let empty = subscription.event()
                try await test.advance(seconds: 5)
                ends.append((try await empty.continuationSequenceNumber, number + 1))
            }
            try await test.test.put("last")
            for (number, given) in ends {
                #expect(number != nil)
                for type in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
                    test.time.advance(seconds: 5)
                    let next = try await test.subscribe(type, number: number)
                    try await next.begin()
                    #expect(try await next.event().texts == (given..<4).map(String.init) + ["last"])
                    next.stream.cancel()
                }
            }
        }
    }

    @Test func anEventHasABoundedSize() async throws {
        try await withSubscriptions { test in
            let size = Limits.maximumSubscriptionEventSizeInBytes
            // Two halves fit, with a key of one byte and the three bytes that the store adds; one more byte would not.
            for count in [size / 2 - 4, size / 2 - 4, size - 4, 1, 1] { try await test.append(bytes: count) }
            let subscription = try await test.subscribe(format: .cbor)
            try await subscription.begin()
            #expect(try await subscription.event().records.count == 2)
            #expect(try await subscription.event().records.count == 1)
            let last = try await subscription.event()
            #expect(last.records.count == 2)
            #expect(last.millisBehindLatest == 0)
        }
    }

    /// Who does not ask for events has none made.
    @Test func aSlowReaderHoldsOneEventAtMost() async throws {
        try await withSubscriptions { test in
            for _ in 0..<10 { try await test.append(bytes: 600 << 10) }
            let subscription = try await test.subscribe(format: .cbor)
            #expect(test.test.store.readCount == 0)
            try await subscription.begin()
            #expect(test.test.store.readCount == 0)
            for number in 0..<10 {
                let event = try await subscription.event()
                #expect(event.records.count == 1)
                #expect(event.millisBehindLatest == 0 || number < 9)
                #expect(test.test.store.readCount == number + 1)
                test.time.advance(seconds: 1)
            }
        }
    }

    @Test func aShardThatIsSplitEndsItWithBothChildren() async throws {
        try await withSubscriptions { test in
            try await test.test.put("a")
            let subscription = try await test.subscribe()
            try await subscription.begin()
            #expect(try await subscription.event().texts == ["a"])
            async let end = subscription.event()
            try await test.folder.streams.splitShard(
                stream: "s",
                shard: ShardID(0),
                newStartingHashKey: HashKey(1 << 100)
            )
            let event = try await end
            #expect(event.records.isEmpty)
            #expect(event.continuationSequenceNumber == nil)
            #expect(event.millisBehindLatest == 0)
            let children = try #require(event.childShards)
            #expect(children.map(\.shardID) == ["shardId-000000000001", "shardId-000000000002"])
            #expect(children.map(\.parentShards) == [["shardId-000000000000"], ["shardId-000000000000"]])
            #expect(try await subscription.next() == nil)
        }
    }

    @Test func aMergeTellsBothParents() async throws {
        try await withSubscriptions(shards: 2) { test in
            let subscriptions = [try await test.subscribe(shard: 0), try await test.subscribe(shard: 1)]
            try await test.test.put("a", explicit: "0")
            try await test.folder.streams.mergeShards(stream: "s", shard: ShardID(0), adjacent: ShardID(1))
            for (shard, subscription) in subscriptions.enumerated() {
                try await subscription.begin()
                let event = try await subscription.event()
                // Records and the end come in one event.
                #expect(event.texts == (shard == 0 ? ["a"] : []))
                #expect(event.continuationSequenceNumber == nil)
                #expect(event.childShards?.map(\.shardID) == ["shardId-000000000002"])
                #expect(event.childShards?.first?.parentShards == ["shardId-000000000000", "shardId-000000000001"])
                #expect(try await subscription.next() == nil)
            }
            // A closed shard can be read again.
            test.time.advance(seconds: 5)
            let again = try await test.subscribe(shard: 0)
            try await again.begin()
            #expect(try await again.event().texts == ["a"])
        }
    }

    @Test func aDryRunOnlyChecks() async throws {
        try await withSubscriptions { test in
            func body(_ shard: Int) -> String {
                """
                {"ConsumerARN":"\(test.consumerARN)","ShardId":"\(ShardID(UInt32(shard)))",\
                "StartingPosition":{"Type":"LATEST"},"DryRun":true}
                """
            }
            for _ in 0..<2 {
                let refusal = await test.test.refusal("SubscribeToShard", body(0))
                #expect(refusal?.code == .dryRunOperation)
                #expect(refusal?.httpStatus == 400)
            }
            #expect(await test.test.refusal("SubscribeToShard", body(7))?.code == .resourceNotFound)
            let subscription = try await test.subscribe()
            #expect(await test.test.refusal("SubscribeToShard", body(0))?.code == .resourceInUse)
            subscription.stream.cancel()
        }
    }

    private static let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1700000000"
    private static let shard = "shardId-000000000000"
    private static let number = "49\(String(repeating: "9", count: 54))"

    @Test(arguments: [
        ("{}", ServiceError.Code.validation),
        (#"{"ConsumerARN":"c","ShardId":"\#(shard)","StartingPosition":{"Type":"LATEST"}}"#, .validation),
        (#"{"ConsumerARN":"\#(arn)","ShardId":"a b","StartingPosition":{"Type":"LATEST"}}"#, .validation),
        (#"{"ConsumerARN":"\#(arn)","ShardId":"\#(shard)"}"#, .validation),
        (#"{"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{}}"#, .validation),
        (#"{"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{"Type":"NEWEST"}}"#, .validation),
        (
            #"{"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{"Type":"LATEST"},"StreamId":"1"}"#,
            .validation
        ),
        (
            #"""
            {"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{"Type":"AT_SEQUENCE_NUMBER",\#
            "SequenceNumber":"x"}}
            """#,
            .validation
        ),
        (
            #"{"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{"Type":"AT_SEQUENCE_NUMBER"}}"#,
            .invalidArgument
        ),
        (
            #"{"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{"Type":"AT_TIMESTAMP"}}"#,
            .invalidArgument
        ),
        (
            #"""
            {"ConsumerARN":"\#(arn)","ShardId":"\#(shard)","StartingPosition":{"Type":"AT_SEQUENCE_NUMBER",\#
            "SequenceNumber":"\#(number)"}}
            """#,
            .invalidArgument
        ),
        (
            #"{"ConsumerARN":"\#(arn)","ShardId":"shardId-000000000009","StartingPosition":{"Type":"LATEST"}}"#,
            .resourceNotFound
        ),
        (#"{"ConsumerARN":"\#(arn)1","ShardId":"\#(shard)","StartingPosition":{"Type":"LATEST"}}"#, .resourceNotFound),
    ])
    func badCallsAreRefused(body: String, code: ServiceError.Code) async throws {
        try await withSubscriptions { test in
            #expect(test.consumerARN == Self.arn)
            let refusal = await test.test.refusal("SubscribeToShard", body)
            #expect(refusal?.code == code)
        }
    }

    @Test func theTextsNameTheAction() async throws {
        try await withSubscriptions { test in
            let error = await #expect(throws: ServiceError.self) {
                try await test.subscribe("AT_SEQUENCE_NUMBER", number: "12")
            }
            #expect(
                error?.message == """
                    StartingSequenceNumber 12 used in SubscribeToShard on shard shardId-000000000000 in stream s under \
                    account 000000000000 is invalid.
                    """
            )
        }
    }
}
