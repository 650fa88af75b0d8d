import Testing
import WeirModel
import WeirStore
import WeirWire

@Suite struct ResourcePolicyTests {
    static let arn = StreamSettingsTests.arn
    /// Of the consumer that is registered in the first second of a test's clock.
    static let consumer = "\(arn)/consumer/c:1700000000"
    static let policy = """
        {"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"123456789012"},\
        "Action":["kinesis:PutRecord"],"Resource":"\(arn)"}]}
        """

    /// Makes the stream and the consumer.
    private func prepare(_ test: TestService) async throws {
        try await test.createStream()
        let answer = try await test.call(RegisterStreamConsumer.self, .init(streamARN: Self.arn, consumerName: "c"))
        #expect(answer.consumer.consumerARN == Self.consumer)
    }

    private func policy(of arn: String, _ test: TestService) async throws -> String {
        try await test.call(GetResourcePolicy.self, .init(resourceARN: arn)).policy
    }

    @Test(arguments: [arn, consumer])
    func aPolicyIsPutReadAndRemoved(arn: String) async throws {
        try await withService { test in
            try await prepare(test)
            #expect(try await policy(of: arn, test) == "{}")
            _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: arn, policy: Self.policy))
            #expect(try await policy(of: arn, test) == Self.policy)
            let other = Self.policy.replacing("PutRecord", with: "GetRecords")
            _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: arn, policy: other))
            #expect(try await policy(of: arn, test) == other)
            _ = try await test.call(DeleteResourcePolicy.self, .init(resourceARN: arn))
            #expect(try await policy(of: arn, test) == "{}")
            let error = await test.refusal("DeleteResourcePolicy", #"{"ResourceARN":"\#(arn)"}"#)
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "No resource policy found for resource ARN \(arn).")
        }
    }

    @Test func aStreamAndItsConsumersHavePoliciesOfTheirOwn() async throws {
        try await withService { test in
            try await prepare(test)
            _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: Self.consumer, policy: Self.policy))
            #expect(try await policy(of: Self.arn, test) == "{}")
            #expect(try await policy(of: Self.consumer, test) == Self.policy)
        }
    }

    @Test func aPolicyGoesWithItsStream() async throws {
        try await withService { test in
            try await prepare(test)
            for arn in [Self.arn, Self.consumer] {
                _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: arn, policy: Self.policy))
            }
            _ = try await test.call(DeleteStream.self, .init(streamName: "s", enforceConsumerDeletion: true))
            for action in ["GetResourcePolicy", "DeleteResourcePolicy"] {
                let error = await test.refusal(action, #"{"ResourceARN":"\#(Self.arn)"}"#)
                #expect(error?.code == .resourceNotFound)
                #expect(error?.message == "Stream \(Self.arn) under account 000000000000 not found.")
            }
            try await prepare(test)
            #expect(try await policy(of: Self.arn, test) == "{}")
            #expect(try await policy(of: Self.consumer, test) == "{}")
        }
    }

    @Test func aPolicyGoesWithItsConsumer() async throws {
        try await withService { test in
            try await prepare(test)
            _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: Self.consumer, policy: Self.policy))
            _ = try await test.call(DeregisterStreamConsumer.self, .init(consumerARN: Self.consumer))
            for (action, more) in [
                ("GetResourcePolicy", ""), ("DeleteResourcePolicy", ""),
                (
                    "PutResourcePolicy",
                    #","Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\"}]}""#
                ),
            ] {
                let error = await test.refusal(action, #"{"ResourceARN":"\#(Self.consumer)"\#(more)}"#)
                #expect(error?.code == .resourceNotFound, "\(action)")
            }
        }
    }

    @Test func aPolicyIsFoundByTheIDOfItsStream() async throws {
        try await withService { test in
            try await test.createStream()
            let stream = try await test.store.stream(name: "s")
            let id = StreamID(stream).description
            _ = try await test.call(PutResourcePolicy.self, .init(streamID: id, policy: Self.policy))
            #expect(try await policy(of: Self.arn, test) == Self.policy)
            #expect(try await test.call(GetResourcePolicy.self, .init(streamID: id)).policy == Self.policy)
            try await test.createStream("other")
            let other = StreamID(try await test.store.stream(name: "other")).description
            let error = await test.refusal(
                "GetResourcePolicy",
                #"{"ResourceARN":"\#(Self.arn)","StreamId":"\#(other)"}"#
            )
            #expect(error?.code == .invalidArgument)
            _ = try await test.call(DeleteResourcePolicy.self, .init(streamID: id))
            #expect(try await policy(of: Self.arn, test) == "{}")
        }
    }

    @Test(arguments: [
        ("", "it is not a JSON object"), ("nonsense", "it is not a JSON object"), ("[]", "it is not a JSON object"),
        ("{}", "it has no Statement"), (#"{"Statement":[]}"#, "it has no Statement"),
        (#"{"Statement":["x"]}"#, "a Statement is not an object"),
        (#"{"Version":"1","Statement":[{}]}"#, "Version must be 2012-10-17 or 2008-10-17"),
        (#"{"Statement":{"Effect":"Maybe"}}"#, "the Effect of a Statement must be Allow or Deny"),
        (#"{"Statement":{"Effect":"Deny","Action":"*"}}"#, "a Statement has no Principal"),
        (#"{"Statement":{"Effect":"Deny","Principal":"*"}}"#, "a Statement has no Action"),
    ])
    func aPolicyWithoutMeaningIsRefused(text: String, reason: String) async throws {
        try await withService { test in
            try await test.createStream()
            _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: Self.arn, policy: Self.policy))
            let error = await #expect(throws: ServiceError.self) {
                try await test.call(PutResourcePolicy.self, .init(resourceARN: Self.arn, policy: text))
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == "Invalid resource policy: \(reason).")
            #expect(try await policy(of: Self.arn, test) == Self.policy)
        }
    }

    @Test func aPolicyHasAtMostTwentyKibibytes() async throws {
        try await withService { test in
            try await test.createStream()
            let limit = Limits.maximumResourcePolicySizeInBytes
            let most = Self.policy + String(repeating: " ", count: limit - Self.policy.utf8.count)
            _ = try await test.call(PutResourcePolicy.self, .init(resourceARN: Self.arn, policy: most))
            let error = await #expect(throws: ServiceError.self) {
                try await test.call(PutResourcePolicy.self, .init(resourceARN: Self.arn, policy: most + " "))
            }
            #expect(error?.message == "Invalid resource policy: it has 20481 bytes, more than 20480.")
        }
    }

    @Test(arguments: [
        (#"{}"#, ServiceError.Code.validation), (#"{"ResourceARN":"arn:aws:s3:::b"}"#, .validation),
        (#"{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:queue/q"}"#, .resourceNotFound),
        (#"{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/absent"}"#, .resourceNotFound),
        (#"{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000001:stream/s"}"#, .resourceNotFound),
        (#"{"ResourceARN":"arn:aws:kinesis:eu-west-1:000000000000:stream/s"}"#, .resourceNotFound),
    ])
    func otherResourcesHaveNone(body: String, code: ServiceError.Code) async throws {
        try await withService { test in
            try await test.createStream()
            for action in ["GetResourcePolicy", "DeleteResourcePolicy"] {
                #expect(await test.refusal(action, body)?.code == code)
            }
        }
    }
}
