import NIOCore
import Testing
import WeirModel
import WeirService
import WeirWire

@Suite struct QueueTests {
    private static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    /// A service with a stream on demand and a queue on it.
    private func withQueue(_ body: (_ service: TestService, _ arn: String) async throws -> Void) async throws {
        try await withService { service in
            _ = try await service.call(
                CreateStream.self,
                .init(streamName: "s", streamModeDetails: StreamModeDetails(streamMode: "ON_DEMAND"))
            )
            let position = QueueStartingPositionShape(type: "TRIM_HORIZON")
            let made = try await service.call(
                CreateQueue.self,
                .init(
                    queueName: "q",
                    streamConfigurationList: [.init(streamARN: Self.stream, startingPosition: position)]
                )
            )
            try await body(service, made.queueDescription.queueARN)
        }
    }

    private func performCBOR<A: WireAction>(
        _ action: A.Type,
        _ request: A.Request,
        _ service: TestService
    ) async throws -> A.Response {
        var body = ByteBuffer()
        request.write(to: &body, format: .cbor)
        let reply = try await service.service.perform(ActionCall(A.name, body: CallBody(body), format: .cbor))
        return try A.Response(wire: reply.message ?? ByteBuffer(), format: .cbor)
    }

    @Test func recordsAreReceivedAndAcknowledgedInCBOR() async throws {
        try await withQueue { service, arn in
            try await service.put("flight", key: "N14228")
            let received = try await performCBOR(ReceiveQueueRecords.self, .init(queueARN: arn), service)
            let record = try #require(received.queueRecords.first)
            #expect(record.data == ByteBuffer(string: "flight") && record.partitionKey == "N14228")
            #expect(record.receiveCount == 1 && record.firstReceiveTimestamp >= record.approximateArrivalTimestamp)
            let entries = [QueueReceiptEntry(receiptHandle: record.receiptHandle), .init(receiptHandle: "forged")]
            let answer = try await performCBOR(
                AcknowledgeQueueRecords.self,
                .init(queueARN: arn, entries: entries),
                service
            )
            #expect(answer.successful.map(\.receiptHandle) == [record.receiptHandle])
            #expect(answer.failed.map(\.errorCode) == ["InvalidArgumentException"])
        }
    }

    /// A bound and the first values beyond it.
    private static let refused: [(action: String, members: String)] = [
        ("ReceiveQueueRecords", #""Limit":0"#), ("ReceiveQueueRecords", #""Limit":11"#),
        ("ReceiveQueueRecords", #""WaitTimeSeconds":0"#), ("ReceiveQueueRecords", #""WaitTimeSeconds":21"#),
        ("ReceiveDeadLetterQueueRecords", #""VisibilityTimeoutSeconds":-1"#),
        ("ReceiveDeadLetterQueueRecords", #""VisibilityTimeoutSeconds":43201"#),
        ("AcknowledgeQueueRecords", #""Entries":[]"#), ("AcknowledgeDeadLetterQueueRecords", #""Limit":1"#),
        ("RestoreDeadLetterQueueRecords", #""Entries":[{}]"#),
        ("UpdateQueueRecordsVisibility", #""Entries":[{"ReceiptHandle":"x"}]"#),
        ("UpdateDeadLetterQueueRecordsVisibility", #""Entries":[{"ReceiptHandle":"","VisibilityTimeoutSeconds":0}]"#),
        ("UpdateQueue", #""QueueAttributes":{"VisibilityTimeoutSeconds":43201}"#),
        (
            "UpdateQueue",
            #""QueueAttributes":{"DeadLetterConfiguration":{"TargetType":"BUILT_IN","MaxReceiveCount":1001}}"#
        ),
        ("UpdateQueue", #""QueueAttributes":{"DeadLetterConfiguration":{"TargetType":"BUILT_IN"}}"#),
        (
            "UpdateQueue",
            #""QueueAttributes":{"DeadLetterConfiguration":{"TargetType":"NONE","MaxReceiveCount":1}}"#
        ),
    ]

    @Test func whatIsBeyondABoundIsRefused() async throws {
        try await withQueue { service, arn in
            for (action, members) in Self.refused {
                let refusal = await service.refusal(action, #"{"QueueARN":"\#(arn)",\#(members)}"#)
                #expect(refusal?.code == .validation, "\(action) \(members)")
            }
            let handle = String(repeating: "x", count: Limits.maximumReceiptHandleLength)
            for (length, code) in [(handle, nil), (handle + "x", ServiceError.Code.validation)] {
                let refusal = await service.refusal(
                    "AcknowledgeQueueRecords",
                    #"{"QueueARN":"\#(arn)","Entries":[{"ReceiptHandle":"\#(length)"}]}"#
                )
                #expect(refusal?.code == code)
            }
            let many = Array(repeating: #"{"ReceiptHandle":"x"}"#, count: Limits.maximumQueueRecordCount + 1)
            for (entries, code) in [(many.dropLast(), nil), (many[...], ServiceError.Code.validation)] {
                let refusal = await service.refusal(
                    "AcknowledgeQueueRecords",
                    #"{"QueueARN":"\#(arn)","Entries":[\#(entries.joined(separator: ","))]}"#
                )
                #expect(refusal?.code == code)
            }
        }
    }

    @Test func valuesAtTheirBoundsAreTaken() async throws {
        try await withQueue { service, arn in
            for seconds in [Limits.visibilityTimeoutSeconds.lowerBound, Limits.visibilityTimeoutSeconds.upperBound] {
                for count in [Limits.maximumReceiveCountRange.lowerBound, Limits.maximumReceiveCountRange.upperBound] {
                    let attributes = QueueAttributesShape(
                        visibilityTimeoutSeconds: seconds,
                        deadLetterConfiguration: .init(targetType: "BUILT_IN", maxReceiveCount: count)
                    )
                    let request = UpdateQueue.Request(queueARN: arn, queueAttributes: attributes)
                    let answer = try await service.call(UpdateQueue.self, request)
                    #expect(answer.queueDescription.queueAttributes == attributes)
                }
            }
            let name = String(repeating: "n", count: Limits.maximumQueueNameLength)
            let request = CreateQueue.Request(
                queueName: name,
                streamConfigurationList: [.init(streamARN: Self.stream)],
                queueAttributes: .init(deadLetterConfiguration: .init(targetType: "NONE"))
            )
            let made = try await service.call(CreateQueue.self, request)
            #expect(made.queueDescription.queueName == name)
            #expect(made.queueDescription.queueAttributes?.deadLetterConfiguration?.targetType == "NONE")
        }
    }

    @Test func aCallIsAllowedOnTheARNOfTheQueue() async throws {
        try await withQueue { service, arn in
            let policy = #"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kinesis:DescribeQueue"}]}"#
            _ = try await service.call(PutResourcePolicy.self, .init(resourceARN: arn, policy: policy))
            for action in [
                "DescribeQueue", "DeleteQueue", "ReceiveQueueRecords", "ReceiveDeadLetterQueueRecords",
                "AcknowledgeQueueRecords", "AcknowledgeDeadLetterQueueRecords", "RestoreDeadLetterQueueRecords",
                "UpdateQueueRecordsVisibility", "UpdateDeadLetterQueueRecordsVisibility", "UpdateQueue", "TagResource",
                "UntagResource", "ListTagsForResource", "GetResourcePolicy", "PutResourcePolicy",
                "DeleteResourcePolicy",
            ] {
                let nobody = TestCaller { _, _ in false }
                let entry = #"{"ReceiptHandle":"x","VisibilityTimeoutSeconds":1}"#
                let names = #""QueueARN":"\#(arn)","ResourceARN":"\#(arn)","Tags":{"a":"b"},"TagKeys":["a"]"#
                let text = policy.replacing("\"", with: "\\\"")
                let body = #"{\#(names),"Entries":[\#(entry)],"QueueAttributes":{},"Policy":"\#(text)"}"#
                let refusal = await service.refusal(action, body, caller: nobody)
                #expect(refusal?.code == .accessDenied, "\(action)")
                #expect(nobody.questions == ["kinesis:\(action) \(arn)"])
                #expect(nobody.resourcePolicies == [policy])
            }
            let nobody = TestCaller { _, _ in false }
            #expect(await service.refusal("ListQueues", "{}", caller: nobody)?.code == .accessDenied)
            let body = #"{"QueueName":"other","StreamConfigurationList":[{"StreamARN":"\#(Self.stream)"}]}"#
            #expect(await service.refusal("CreateQueue", body, caller: nobody)?.code == .accessDenied)
            #expect(nobody.questions == ["kinesis:ListQueues *", "kinesis:CreateQueue \(Self.stream)"])
        }
    }
}
