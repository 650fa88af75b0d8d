import NIOCore
import Testing
import WeirMetrics
import WeirModel
import WeirService
import WeirTestTools
import WeirWire

/// The memory that answers with records of queues take, and how many queues a stream may have.
@Suite struct QueueAnswerTests {
    private static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    private func createStream(_ service: TestService) async throws {
        let mode = StreamModeDetails(streamMode: "ON_DEMAND")
        _ = try await service.call(CreateStream.self, .init(streamName: "s", streamModeDetails: mode))
    }

    private func createQueue(_ name: String, _ service: TestService) async throws -> String {
        let position = QueueStartingPositionShape(type: "TRIM_HORIZON")
        let request = CreateQueue.Request(
            queueName: name,
            streamConfigurationList: [.init(streamARN: Self.stream, startingPosition: position)]
        )
        return try await service.call(CreateQueue.self, request).queueDescription.queueARN
    }

    private func receive(
        _ arn: String,
        _ service: TestService,
        reply: ReplyReservation,
        seconds: Int? = nil,
        waited: WaitedTime? = nil
    ) async throws -> [QueueRecord] {
        var body = ByteBuffer()
        let request = QueueReceiveInput(queueARN: arn, waitTimeSeconds: seconds, visibilityTimeoutSeconds: 0)
        request.write(to: &body, format: .json)
        let call = ActionCall(
            ReceiveQueueRecords.name,
            body: CallBody(body),
            format: .json,
            reply: reply,
            waited: waited
        )
        let answer = try await service.service.perform(call).message ?? ByteBuffer()
        return try QueueReceiveOutput(wire: answer, format: .json).queueRecords
    }

    @Test func anAnswerIsNoLargerThanThereIsRoomFor() async throws {
        try await withService { service in
            try await createStream(service)
            let arn = try await createQueue("q", service)
            for number in 0..<10 { try await service.put(String(repeating: "\(number)", count: 999), key: "k") }
            // Of records that were not delivered before, and of those that were.
            for (room, count) in [(3000, 3), (2999, 2), (1, 1), (4000, 4), (3999, 3), (1, 1), (10_000, 10), (9999, 9)] {
                let records = try await receive(arn, service, reply: ReplyReservation(room: room))
                #expect(records.count == count, "room for \(room) bytes")
            }
        }
    }

    @Test func recordsAreReadOnlyWhereThereIsMemoryForTheirAnswer() async throws {
        try await withService { service in
            try await createStream(service)
            let arn = try await createQueue("q", service)
            let size = Limits.minimumReplyRoomInBytes / 2
            for _ in 0..<4 { try await service.put(String(repeating: "x", count: size - 1), key: "k") }
            let memory = ReplyMemory()
            // As much as others hold.
            let full = memory.count(bytes: Limits.maximumReplyMemoryInBytes)
            let few = ReplyReservation(memory)
            #expect(try await receive(arn, service, reply: few).count == 2)
            #expect(memory.bytes == Limits.maximumReplyMemoryInBytes + 2 * Limits.minimumReplyRoomInBytes)
            few.release()
            full.made(bytes: 0)
            let all = ReplyReservation(memory)
            #expect(try await receive(arn, service, reply: all).count == 4)
            // It counts for what it has, and not for what it might have had.
            #expect(memory.bytes == 8 * size)
            all.release()
            #expect(memory.bytes == 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoWaitsHoldsNoMemory() async throws {
        try await withService { service in
            try await createStream(service)
            let arn = try await createQueue("q", service)
            let memory = ReplyMemory()
            let waited = WaitedTime()
            async let records = receive(
                arn,
                service,
                reply: ReplyReservation(memory),
                seconds: 20,
                waited: waited
            )
            while try await service.service.figures().queues.first?.waitingReceives != 1 { await Task.yield() }
            #expect(memory.bytes == 0)
            service.time.advance(milliseconds: 7)
            try await service.put("a")
            #expect(try await records.count == 1)
            #expect(waited.nanoseconds == 7_000_000)
        }
    }

    @Test func queuesAndConsumersTogetherAreBounded() async throws {
        try await withService { service in
            try await createStream(service)
            func fill(_ range: Range<Int>) async throws {
                for number in range {
                    guard number % 3 > 0 else {
                        let request = RegisterStreamConsumer.Request(
                            streamARN: Self.stream,
                            consumerName: "c\(number)"
                        )
                        _ = try await service.call(RegisterStreamConsumer.self, request)
                        continue
                    }
                    _ = try await createQueue("q\(number)", service)
                }
            }
            func refusals() async -> [ServiceError.Code?] {
                let queue = #"{"QueueName":"more","StreamConfigurationList":[{"StreamARN":"\#(Self.stream)"}]}"#
                let consumer = #"{"StreamARN":"\#(Self.stream)","ConsumerName":"more"}"#
                return [
                    await service.refusal("CreateQueue", queue)?.code,
                    await service.refusal("RegisterStreamConsumer", consumer)?.code,
                ]
            }
            try await fill(0..<Limits.maximumConsumerCount)
            #expect(await refusals() == [.limitExceeded, .limitExceeded])
            // With On-demand Advantage there may be more.
            let input = MinimumThroughputBillingCommitmentInput(status: "ENABLED")
            _ = try await service.call(
                UpdateAccountSettings.self,
                .init(minimumThroughputBillingCommitment: input)
            )
            try await fill(Limits.maximumConsumerCount..<Limits.maximumAdvantageConsumerCount)
            #expect(await refusals() == [.limitExceeded, .limitExceeded])
            // When the commitment ends, what there is stays.
            _ = try await service.call(
                UpdateAccountSettings.self,
                .init(minimumThroughputBillingCommitment: .init(status: "DISABLED"))
            )
            service.time.advance(milliseconds: Limits.minimumCommitmentMilliseconds)
            let count = try await service.call(DescribeStreamSummary.self, .init(streamName: "s"))
                .streamDescriptionSummary.queueCount
            #expect(count == 33)
        }
    }
}
