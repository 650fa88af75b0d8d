import Testing
import WeirModel
import WeirService
import WeirTestTools
import WeirWire

@Suite struct ConsumerTests {
    private let streamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    private func register(_ name: String, _ test: TestService) async throws -> Consumer {
        try await test.call(RegisterStreamConsumer.self, .init(streamARN: streamARN, consumerName: name)).consumer
    }

    /// The calls with which the KCL begins, in its order.
    @Test func aConsumerIsLookedForRegisteredAndDescribed() async throws {
        try await withService { test in
            try await test.createStream()
            let summary = try await test.call(DescribeStreamSummary.self, .init(streamName: "s"))
                .streamDescriptionSummary
            #expect(summary.consumerCount == 0)
            let refusal = await test.refusal(
                "DescribeStreamConsumer",
                #"{"StreamARN":"\#(summary.streamARN)","ConsumerName":"app"}"#
            )
            #expect(refusal?.code == .resourceNotFound)
            #expect(refusal?.message == "Consumer app, account 000000000000 not found.")

            let consumer = try await register("app", test)
            let second = test.time.wallMilliseconds / 1000
            #expect(consumer.consumerName == "app")
            #expect(consumer.consumerARN == "\(streamARN)/consumer/app:\(second)")
            #expect(consumer.consumerStatus == "ACTIVE")
            #expect(consumer.consumerCreationTimestamp.millisecondsSinceEpoch == second * 1000)

            let expected = ConsumerDescriptionShape(
                consumerName: "app",
                consumerARN: consumer.consumerARN,
                consumerStatus: "ACTIVE",
                consumerCreationTimestamp: consumer.consumerCreationTimestamp,
                streamARN: streamARN
            )
            for request in [
                DescribeStreamConsumer.Request(consumerARN: consumer.consumerARN),
                .init(streamARN: streamARN, consumerName: "app"),
                .init(streamARN: streamARN, consumerName: "app", consumerARN: consumer.consumerARN),
                .init(consumerName: "app", consumerARN: consumer.consumerARN),
            ] {
                #expect(try await test.call(DescribeStreamConsumer.self, request).consumerDescription == expected)
            }
            let after = try await test.call(DescribeStreamSummary.self, .init(streamName: "s"))
            #expect(after.streamDescriptionSummary.consumerCount == 1)
        }
    }

    @Test func aConsumerIsDeregisteredByEitherName() async throws {
        try await withService { test in
            try await test.createStream()
            let first = try await register("a", test)
            _ = try await register("b", test)
            _ = try await test.call(DeregisterStreamConsumer.self, .init(consumerARN: first.consumerARN))
            _ = try await test.call(DeregisterStreamConsumer.self, .init(streamARN: streamARN, consumerName: "b"))
            #expect(try await test.call(ListStreamConsumers.self, .init(streamARN: streamARN)).consumers == [])
            let body = #"{"ConsumerARN":"\#(first.consumerARN)"}"#
            let refusal = await test.refusal("DeregisterStreamConsumer", body)
            #expect(refusal?.code == .resourceNotFound)
            #expect(refusal?.message == "Consumer \(first.consumerARN), account 000000000000 not found.")
            // The ARN of one registered again differs, although the clock stands still.
            let again = try await register("a", test)
            #expect(again.consumerARN != first.consumerARN)
            #expect(await test.refusal("DescribeStreamConsumer", body)?.code == .resourceNotFound)
        }
    }

    @Test func consumersAreListedPageByPage() async throws {
        try await withService { test in
            try await test.createStream()
            for name in ["d", "a", "c", "b"] { _ = try await register(name, test) }
            let all = try await test.call(ListStreamConsumers.self, .init(streamARN: streamARN, maxResults: 10_000))
            #expect(all.consumers?.map(\.consumerName) == ["a", "b", "c", "d"])
            #expect(all.nextToken == nil)
            let first = try await test.call(ListStreamConsumers.self, .init(streamARN: streamARN, maxResults: 3))
            #expect(first.consumers?.map(\.consumerName) == ["a", "b", "c"])
            let token = try #require(first.nextToken)
            // The one that the first page ended with may be gone.
            let third = try #require(first.consumers?.last)
            _ = try await test.call(DeregisterStreamConsumer.self, .init(consumerARN: third.consumerARN))
            let rest = try await test.call(
                ListStreamConsumers.self,
                .init(streamARN: streamARN, nextToken: token)
            )
            #expect(rest.consumers?.map(\.consumerName) == ["d"])
            #expect(rest.nextToken == nil)

            try await test.createStream("t")
            let other = await test.refusal(
                "ListStreamConsumers",
                #"{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/t","NextToken":"\#(token)"}"#
            )
            #expect(other?.code == .invalidArgument)
            let both = await test.refusal(
                "ListStreamConsumers",
                #"{"StreamARN":"\#(streamARN)","NextToken":"\#(token)","StreamCreationTimestamp":1}"#
            )
            #expect(both?.message == "NextToken and StreamCreationTimestamp cannot be provided together.")
            test.time.advance(milliseconds: Int64(Limits.nextTokenLifetimeInSeconds) * 1000 + 1)
            let late = await test.refusal(
                "ListStreamConsumers",
                #"{"StreamARN":"\#(streamARN)","NextToken":"\#(token)"}"#
            )
            #expect(late?.code == .expiredNextToken)
        }
    }

    @Test func theCreationTimeOfTheStreamIsCompared() async throws {
        try await withService { test in
            try await test.createStream()
            let created = Timestamp(millisecondsSinceEpoch: test.time.wallMilliseconds)
            let request = ListStreamConsumers.Request(streamARN: streamARN, streamCreationTimestamp: created)
            #expect(try await test.call(ListStreamConsumers.self, request).consumers == [])
            let refusal = await test.refusal(
                "ListStreamConsumers",
                #"{"StreamARN":"\#(streamARN)","StreamCreationTimestamp":5}"#
            )
            #expect(refusal?.code == .resourceNotFound)
        }
    }

    @Test func twentyConsumersAreTakenAndOneMoreRefused() async throws {
        try await withService { test in
            try await test.createStream()
            for number in 0..<Limits.maximumConsumerCount { _ = try await register("c\(number)", test) }
            let refusal = await test.refusal(
                "RegisterStreamConsumer",
                #"{"StreamARN":"\#(streamARN)","ConsumerName":"more"}"#
            )
            #expect(refusal?.code == .limitExceeded)
            let again = await test.refusal(
                "RegisterStreamConsumer",
                #"{"StreamARN":"\#(streamARN)","ConsumerName":"c7"}"#
            )
            #expect(again?.code == .resourceInUse)
            #expect(again?.message == "Consumer c7 under stream s already exists for account 000000000000.")
        }
    }

    @Test func aStreamWithConsumersIsDeletedOnlyWithThem() async throws {
        try await withService { test in
            try await test.createStream()
            let consumer = try await register("a", test)
            for body in [#"{"StreamName":"s"}"#, #"{"StreamName":"s","EnforceConsumerDeletion":false}"#] {
                let refusal = await test.refusal("DeleteStream", body)
                #expect(refusal?.code == .resourceInUse)
                #expect(refusal?.message.contains("set the EnforceConsumerDeletion parameter to true") == true)
            }
            _ = try await test.call(DeleteStream.self, .init(streamName: "s", enforceConsumerDeletion: true))
            let body = #"{"ConsumerARN":"\#(consumer.consumerARN)"}"#
            #expect(await test.refusal("DescribeStreamConsumer", body)?.code == .resourceNotFound)
        }
    }

    @Test func consumersHaveTags() async throws {
        try await withService { test in
            try await test.createStream()
            let registered = try await test.call(
                RegisterStreamConsumer.self,
                .init(streamARN: streamARN, consumerName: "a", tags: ["team": "ops", "b": ""])
            )
            let arn = registered.consumer.consumerARN
            _ = try await test.call(TagResource.self, .init(tags: ["team": "web", "c": "d"], resourceARN: arn))
            _ = try await test.call(UntagResource.self, .init(tagKeys: ["b"], resourceARN: arn))
            let tags = try await test.call(ListTagsForResource.self, .init(resourceARN: arn)).tags
            #expect(tags == [Tag(key: "c", value: "d"), Tag(key: "team", value: "web")])
            #expect(try await test.call(ListTagsForResource.self, .init(resourceARN: streamARN)).tags == [])

            let most = Dictionary(uniqueKeysWithValues: (0..<48).map { ("k\($0)", "") })
            _ = try await test.call(TagResource.self, .init(tags: most, resourceARN: arn))
            let refusal = await test.refusal("TagResource", #"{"ResourceARN":"\#(arn)","Tags":{"more":""}}"#)
            #expect(refusal?.code == .invalidArgument)
            #expect(
                refusal?.message == """
                    Failed to add tags to consumer a under account 000000000000 because a given consumer cannot have more \
                    than 50 tags associated with it.
                    """
            )
        }
    }

    private static let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    @Test(arguments: [
        ("RegisterStreamConsumer", "{}", ServiceError.Code.validation),
        ("RegisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"a b"}"#, .validation),
        ("RegisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":""}"#, .validation),
        ("RegisterStreamConsumer", #"{"StreamARN":"s","ConsumerName":"a"}"#, .validation),
        ("RegisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"a","StreamId":"x"}"#, .validation),
        ("RegisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"a","Tags":{}}"#, .validation),
        (
            "RegisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"a","Tags":{"aws:x":""}}"#,
            .invalidArgument
        ),
        ("RegisterStreamConsumer", #"{"StreamARN":"\#(arn)x","ConsumerName":"a"}"#, .resourceNotFound),
        ("DescribeStreamConsumer", "{}", .invalidArgument),
        ("DescribeStreamConsumer", #"{"StreamARN":"\#(arn)"}"#, .invalidArgument),
        ("DescribeStreamConsumer", #"{"ConsumerName":"a"}"#, .invalidArgument),
        ("DescribeStreamConsumer", #"{"StreamARN":"\#(arn)x","ConsumerName":"a"}"#, .resourceNotFound),
        ("DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)/consumer/a"}"#, .validation),
        ("DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)/consumer/a:1"}"#, .resourceNotFound),
        (
            "DescribeStreamConsumer",
            #"{"ConsumerARN":"arn:aws:kinesis:eu-west-1:000000000000:stream/s/consumer/there:1700000000"}"#,
            .resourceNotFound
        ),
        (
            "DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)/consumer/there:1700000000","ConsumerName":"a"}"#,
            .invalidArgument
        ),
        (
            "DescribeStreamConsumer", #"{"ConsumerARN":"\#(arn)/consumer/there:1700000000","StreamARN":"\#(arn)x"}"#,
            .invalidArgument
        ),
        ("DeregisterStreamConsumer", #"{"StreamARN":"\#(arn)","ConsumerName":"a"}"#, .resourceNotFound),
        ("ListStreamConsumers", "{}", .validation),
        ("ListStreamConsumers", #"{"StreamARN":"\#(arn)","MaxResults":0}"#, .validation),
        ("ListStreamConsumers", #"{"StreamARN":"\#(arn)","MaxResults":10001}"#, .validation),
        ("ListStreamConsumers", #"{"StreamARN":"\#(arn)","NextToken":"x"}"#, .invalidArgument),
        ("ListStreamConsumers", #"{"StreamARN":"\#(arn)x"}"#, .resourceNotFound),
        ("TagResource", #"{"ResourceARN":"\#(arn)/consumer/a:1","Tags":{"a":"b"}}"#, .resourceNotFound),
    ])
    func badCallsAreRefused(action: String, body: String, code: ServiceError.Code) async throws {
        try await withService { test in
            try await test.createStream()
            _ = try await register("there", test)
            #expect(await test.refusal(action, body)?.code == code)
        }
    }

    @Test(arguments: [128, 129]) func namesHaveALength(length: Int) async throws {
        try await withService { test in
            try await test.createStream()
            let name = String(repeating: "n", count: length)
            let body = #"{"StreamARN":"\#(streamARN)","ConsumerName":"\#(name)"}"#
            #expect(await test.refusal("RegisterStreamConsumer", body)?.code == (length == 128 ? nil : .validation))
        }
    }
}
