import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirConsumer
import WeirModel
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Consumers of a queue against a server in this process.
@Suite(.timeLimit(.minutes(5))) struct QueueConsumerTests {
    /// What was handled, and what was handled again after the consumer was told that it is acknowledged.
    private final class Journal: Sendable {
        private struct State {
            var handled: [String: Int] = [:]
            var acknowledged: Set<String> = []
            var again: [String] = []
            var events: [QueueConsumerEvent] = []
        }

        private let state = Mutex(State())

        var handled: [String: Int] { state.withLock(\.handled) }
        var acknowledgedCount: Int { state.withLock(\.acknowledged.count) }
        var again: [String] { state.withLock(\.again) }
        var events: [QueueConsumerEvent] { state.withLock(\.events) }

        func note(_ record: ReceivedRecord) {
            state.withLock { state in
                state.handled[String(buffer: record.data), default: 0] += 1
                if state.acknowledged.contains(record.recordID) { state.again.append(record.recordID) }
            }
        }

        func note(_ event: QueueConsumerEvent) {
            state.withLock { state in
                state.events.append(event)
                if case .acknowledged(let id) = event { state.acknowledged.insert(id) }
            }
        }
    }

    private let journal = Journal()

    private func withQueue(
        _ attributes: QueueAttributesShape? = nil,
        _ body: (_ weir: WeirInstance, _ kinesis: KinesisClient, _ arn: String) async throws -> Void
    ) async throws {
        try await withWeir { weir in
            try await withKinesisClient(weir.clientConfiguration, logger: quiet) { kinesis in
                try await kinesis.createStream("s", shardCount: nil)
                let stream = try await kinesis.describeStreamSummary("s").streamARN
                let queue = try await kinesis.createQueue("q", streamARN: stream, attributes: attributes)
                try await body(weir, kinesis, queue.queueARN)
            }
        }
    }

    private func put(_ range: Range<Int>, _ kinesis: KinesisClient) async throws {
        let entries = range.map { PutRecordsRequestEntry(data: ByteBuffer(string: "\($0)"), partitionKey: "\($0)") }
        let answer = try await kinesis.call(PutRecords.self, .init(records: entries, streamName: "s"))
        try #require(answer.failedRecordCount ?? 0 == 0)
    }

    private func consumer(
        _ kinesis: any KinesisCalling,
        _ configure: (inout QueueConsumer.Configuration) -> Void = { _ in },
        handle: (@Sendable (ReceivedRecord, QueueContext) async throws -> Void)? = nil
    ) -> QueueConsumer {
        var configuration = QueueConsumer.Configuration(queue: "q")
        configuration.visibilityTimeout = .seconds(2)
        configure(&configuration)
        let journal = journal
        return QueueConsumer(
            configuration: configuration,
            kinesis: kinesis,
            onEvent: { journal.note($0) },
            logger: quiet,
            handle ?? { record, _ in journal.note(record) }
        )
    }

    /// Runs consumers beside the body, then shuts them down in order.
    private func run(_ consumers: [QueueConsumer], while body: () async throws -> Void) async throws {
        let tasks = consumers.map { consumer in Task { try await consumer.run() } }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        for task in tasks { task.cancel() }
        for task in tasks { try await task.value }
        try result.get()
    }

    @Test func everyRecordIsHandledThoughTheServerRestarts() async throws {
        let endless = QueueAttributesShape(deadLetterConfiguration: .init(targetType: "NONE"))
        try await withQueue(endless) { weir, kinesis, _ in
            let journal = journal
            let consumers = (0..<4).map { _ in
                consumer(kinesis) {
                    $0.concurrency = 8
                } handle: { record, _ in
                    journal.note(record)
                    // Some are being handled when the server goes.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...30)))
                    if record.receiveCount == 1, record.recordID.hasSuffix("7") { throw RetryLater(after: .zero) }
                }
            }
            // This one dies: what it holds comes again.
            let dying = consumer(kinesis) {
                $0.concurrency = 8
            } handle: { _, _ in
                try await Task.sleep(for: .seconds(3600))
            }
            let death = Task { try await dying.run() }
            try await run(consumers) {
                for part in 0..<3 {
                    try await put(part * 100..<part * 100 + 100, kinesis)
                    try await eventually("a third of part \(part)") { journal.handled.count >= part * 100 + 30 }
                    if part == 1 { dying.abandon() }
                    if part < 2 { try await weir.restart() }
                }
                try await eventually("all handled") { journal.acknowledgedCount >= 300 }
            }
            _ = await death.result
            #expect(Set(journal.handled.keys) == Set((0..<300).map(String.init)))
            #expect(journal.again == [])
            let left = try await kinesis.receiveQueueRecords(arn: queueARN(journal), waitTimeSeconds: 3)
            #expect(left.map(\.recordID) == [])
        }
    }

    private func queueARN(_ journal: Journal) throws -> String {
        let arns = journal.events.compactMap { if case .started(let arn) = $0 { arn } else { nil } }
        return try #require(arns.first)
    }

    @Test func theTimeOfARecordIsExtendedWhileItIsHandled() async throws {
        try await withQueue { _, kinesis, _ in
            let journal = journal
            let slow = consumer(kinesis) {
                $0.visibilityTimeout = .seconds(3)
            } handle: { record, _ in
                journal.note(record)
                try await Task.sleep(for: .seconds(5))
            }
            // It would get the record if it could.
            let other = consumer(kinesis) {
                $0.visibilityTimeout = .seconds(3)
            } handle: { record, _ in
                journal.note(record)
                try await Task.sleep(for: .seconds(5))
            }
            try await run([slow, other]) {
                try await eventually("both wait") { journal.events.count >= 2 }
                try await put(0..<1, kinesis)
                try await eventually("acknowledged") { journal.acknowledgedCount == 1 }
            }
            #expect(journal.handled == ["0": 1])
            #expect(!journal.events.contains { if case .visibilityExpired = $0 { true } else { false } })
        }
    }

    /// A way to the server on which no visibility can be changed for a while.
    private final class ObstructedKinesis: KinesisCalling {
        private let kinesis: KinesisClient
        let isOpen = Mutex(false)

        init(_ kinesis: KinesisClient) { self.kinesis = kinesis }

        func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
            if A.self == UpdateQueueRecordsVisibility.self, !isOpen.withLock(\.self) {
                throw ServiceError(.connectionFailure, "in the test")
            }
            return try await kinesis.call(action, request)
        }
    }

    @Test func aHandlerIsCancelledWhoseRecordWentToAnother() async throws {
        try await withQueue { _, kinesis, arn in
            let journal = journal
            let obstructed = ObstructedKinesis(kinesis)
            let consumer = consumer(obstructed) {
                $0.concurrency = 1
                $0.visibilityTimeout = .seconds(1)
            } handle: { record, _ in
                journal.note(record)
                try await Task.sleep(for: .seconds(3600))
            }
            try await run([consumer]) {
                try await eventually("it looks") { !journal.events.isEmpty }
                try await put(0..<1, kinesis)
                try await eventually("it is held") { journal.handled["0"] == 1 }
                let other = try await kinesis.receiveQueueRecords(
                    arn: arn,
                    waitTimeSeconds: 20,
                    visibilityTimeoutSeconds: 3600
                )
                let taken = try #require(other.first)
                #expect(taken.receiveCount == 2)
                obstructed.isOpen.withLock { $0 = true }
                try await eventually("lost") { journal.events.contains(.receiptLost(recordID: taken.recordID)) }
                let done = try await kinesis.acknowledgeQueueRecords(arn: arn, receiptHandles: [taken.receiptHandle])
                #expect(done.failed == [])
            }
            #expect(journal.handled == ["0": 1] && journal.acknowledgedCount == 0)
        }
    }

    @Test func aShutdownReturnsWhatIsNotHandled() async throws {
        try await withQueue { _, kinesis, arn in
            let journal = journal
            let consumer = consumer(kinesis) {
                $0.concurrency = 1
                $0.prefetch = 9
                $0.visibilityTimeout = .seconds(3600)
                $0.shutdownTimeout = .milliseconds(100)
            } handle: { record, _ in
                journal.note(record)
                try await Task.sleep(for: .seconds(3600))
            }
            try await run([consumer]) {
                try await eventually("it looks") { !journal.events.isEmpty }
                try await put(0..<10, kinesis)
                try await eventually("it is at one") { journal.handled.count == 1 }
            }
            var left: [QueueRecord] = []
            while left.count < 10 {
                let records = try await kinesis.receiveQueueRecords(arn: arn, waitTimeSeconds: 1)
                try #require(!records.isEmpty, "\(left.count) are there")
                left += records
            }
            #expect(Set(left.map { String(buffer: $0.data) }) == Set((0..<10).map(String.init)))
        }
    }

    @Test func aQueueThatIsDeletedEndsItsConsumer() async throws {
        try await withQueue { _, kinesis, arn in
            let consumer = consumer(kinesis)
            let task = Task { try await consumer.run() }
            try await eventually("it looks") { !journal.events.isEmpty }
            try await kinesis.deleteQueue(arn: arn)
            let error = await #expect(throws: ServiceError.self) { try await task.value }
            #expect(error?.code == .resourceNotFound)
        }
    }

    @Test func whatFailsTooOftenIsADeadLetterAndMayBeRestored() async throws {
        let twice = QueueAttributesShape(
            deadLetterConfiguration: .init(targetType: "BUILT_IN", maxReceiveCount: 2)
        )
        try await withQueue(twice) { _, kinesis, arn in
            #expect(
                try await kinesis.describeQueue(arn: arn).queueAttributes?.deadLetterConfiguration?.maxReceiveCount == 2
            )
            #expect(try await kinesis.listQueues().queueSummaries.map(\.queueName) == ["q"])
            let journal = journal
            let isGood = Mutex(false)
            struct Refusal: Error {}
            let consumer = consumer(kinesis) {
                $0.backOff = QueueBackOff(initialPause: .zero, maximumPause: .zero)
            } handle: { record, _ in
                journal.note(record)
                guard isGood.withLock(\.self) else { throw Refusal() }
            }
            try await run([consumer]) {
                try await eventually("it looks") { !journal.events.isEmpty }
                try await put(0..<2, kinesis)
                var letters: [QueueRecord] = []
                while letters.count < 2 {
                    letters += try await kinesis.receiveDeadLetterQueueRecords(arn: arn, waitTimeSeconds: 20)
                }
                #expect(journal.handled == ["0": 2, "1": 2])
                let handles = letters.map(\.receiptHandle)
                let hidden = try await kinesis.updateDeadLetterQueueRecordsVisibility(
                    arn: arn,
                    entries: handles.map { QueueVisibilityEntry(receiptHandle: $0, visibilityTimeoutSeconds: 60) }
                )
                #expect(hidden.successful.count == 2)
                let gone = try await kinesis.acknowledgeDeadLetterQueueRecords(
                    arn: arn,
                    receiptHandles: [handles[0]]
                )
                #expect(gone.failed.isEmpty)
                isGood.withLock { $0 = true }
                let back = try await kinesis.restoreDeadLetterQueueRecords(arn: arn, receiptHandles: handles)
                // The one that was acknowledged cannot come back.
                #expect(back.successful.map(\.receiptHandle) == [handles[1]])
                #expect(back.failed.map(\.errorCode) == ["ResourceNotFoundException"])
                try await eventually("acknowledged") { journal.acknowledgedCount == 1 }
                #expect(journal.handled.values.reduce(0, +) == 5)
            }
            let more = try await kinesis.updateQueue(arn: arn, attributes: .init(visibilityTimeoutSeconds: 7))
            #expect(more.queueAttributes?.visibilityTimeoutSeconds == 7)
        }
    }
}
