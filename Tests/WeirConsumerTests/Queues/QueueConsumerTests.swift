import CoreMetrics
import Logging
import MetricsTestKit
import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirTestTools

@testable import WeirConsumer

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What consumers of a queue did.
private final class QueueJournal: Sendable {
    private let state = Mutex<(handled: [String], events: [QueueConsumerEvent])>(([], []))

    var handled: [String] { state.withLock { $0.handled } }
    var events: [QueueConsumerEvent] { state.withLock { $0.events } }

    func note(_ record: ReceivedRecord) { state.withLock { $0.handled.append(record.recordID) } }
    func note(_ event: QueueConsumerEvent) { state.withLock { $0.events.append(event) } }
    func count(_ isWanted: (QueueConsumerEvent) -> Bool) -> Int { events.count(where: isWanted) }
}

/// The shell of the machine, against a queue in memory.
@Suite(.timeLimit(.minutes(5))) struct QueueConsumerTests {
    private struct Refusal: Error {}

    private let journal = QueueJournal()
    private let metrics = TestMetrics()

    private func consumer(
        _ queue: MemoryQueue,
        _ configure: (inout QueueConsumer.Configuration) -> Void = { _ in },
        handle: (@Sendable (ReceivedRecord, QueueContext) async throws -> Void)? = nil
    ) -> QueueConsumer {
        var configuration = QueueConsumer.Configuration(queue: MemoryQueue.arn)
        configuration.backOff = QueueBackOff(initialPause: .zero, maximumPause: .zero)
        configure(&configuration)
        let journal = journal
        return QueueConsumer(
            configuration: configuration,
            kinesis: queue,
            metricsFactory: metrics,
            onEvent: { journal.note($0) },
            logger: quiet,
            handle ?? { record, _ in journal.note(record) }
        )
    }

    /// Its record is let go, and comes again when its time is over.
    @Test func aHandlerThatDoesNotEndKeepsNothingFromEnding() async throws {
        let queue = MemoryQueue(recordCount: 1)
        let (isReleased, release) = AsyncStream<Void>.makeStream()
        let journal = journal
        let consumer = consumer(queue) {
            $0.shutdownTimeout = .milliseconds(10)
        } handle: { record, _ in
            journal.note(record)
            // Not ended by its task's cancellation, as a call that blocks would not be.
            await Task { for await _ in isReleased {} }.value
        }
        try await run(consumer) {
            while journal.handled.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(journal.count { $0 == .stopped } == 1)
        #expect(queue.acknowledgedCount == 0)
        release.finish()
    }

    /// Runs a consumer beside the body, then shuts it down in order.
    private func run(_ consumer: QueueConsumer, while body: () async throws -> Void) async throws {
        try await runService(consumer, while: body)
    }

    private func total(_ name: String) -> Int64 {
        metrics.counterTotal(label: "weir.queue_consumer.\(name)", dimensions: [("queue", MemoryQueue.arn)])
    }

    @Test func everyRecordIsHandledAndAcknowledged() async throws {
        let queue = MemoryQueue(recordCount: 200)
        try await run(consumer(queue)) {
            try await eventually("all acknowledged") { queue.acknowledgedCount == 200 }
        }
        #expect(journal.handled.sorted() == (0..<200).map(String.init).sorted())
        #expect(journal.count { if case .acknowledged = $0 { true } else { false } } == 200)
        #expect(journal.events.first == .started(queueARN: MemoryQueue.arn) && journal.events.last == .stopped)
        #expect(["received", "records", "acknowledged"].map(total) == [200, 200, 200])
        #expect(["redelivered", "failures", "acknowledgements.refused", "lost"].map(total) == [0, 0, 0, 0])
        #expect(total("bytes") == (0..<200).reduce(0) { $0 + Int64("data \($1)".utf8.count) })
        // Ten acknowledgements are one call where they come so fast.
        #expect(queue.callCount("AcknowledgeQueueRecords") < 100)
    }

    @Test func whatFailsComesAgain() async throws {
        let queue = MemoryQueue(recordCount: 10)
        let journal = journal
        let consumer = consumer(
            queue,
            handle: { record, _ in
                if record.receiveCount < 3 { throw Refusal() }
                journal.note(record)
            }
        )
        try await run(consumer) {
            try await eventually("all acknowledged") { queue.acknowledgedCount == 10 }
        }
        #expect(queue.receiveCounts == Array(repeating: 3, count: 10))
        #expect(["failures", "returned", "redelivered", "records"].map(total) == [20, 20, 20, 10])
        let failed = QueueConsumerEvent.recordFailed(
            recordID: "4",
            receiveCount: 2,
            error: "Refusal()",
            pauseSeconds: 0
        )
        #expect(journal.events.contains(failed))
    }

    @Test func aRejectionIsAcknowledgedWhereThatIsWanted() async throws {
        let queue = MemoryQueue(recordCount: 1)
        let consumer = consumer(queue) {
            $0.onRejection = .acknowledge
        } handle: { _, _ in
            throw RecordRejection("no JSON")
        }
        try await run(consumer) {
            try await eventually("acknowledged") { queue.acknowledgedCount == 1 }
        }
        #expect(journal.events.contains(.recordRejected(recordID: "0", reason: "no JSON")))
        #expect(total("rejected") == 1)
    }

    @Test func aHandlerThatTakesTooLongIsCancelled() async throws {
        let queue = MemoryQueue(recordCount: 1)
        let journal = journal
        let consumer = consumer(queue) {
            $0.handlerTimeout = .milliseconds(20)
        } handle: { record, _ in
            if record.isRedelivered { return journal.note(record) }
            // It returns when it is cancelled, as if it had done its work.
            try? await Task.sleep(for: .seconds(3600))
        }
        try await run(consumer) {
            try await eventually("acknowledged") { queue.acknowledgedCount == 1 }
        }
        #expect(journal.handled == ["0"])
        #expect(journal.events.contains(.handlerTimedOut(recordID: "0")) && total("timeouts") == 1)
    }

    @Test func entriesThatFailAreTriedAgain() async throws {
        let queue = MemoryQueue(recordCount: 20)
        let seen = Mutex<Set<String>>([])
        queue.failEntries { action, handle in
            guard action == "AcknowledgeQueueRecords" else { return nil }
            return seen.withLock { $0.insert(handle).inserted } ? .throttling : nil
        }
        try await run(consumer(queue)) {
            try await eventually("all acknowledged") { queue.acknowledgedCount == 20 }
            try await eventually("and told") { total("acknowledged") == 20 }
        }
        #expect(journal.handled.count == 20)
    }

    @Test func callsThatFailAreTriedAgain() async throws {
        let queue = MemoryQueue(recordCount: 20)
        let calls = Mutex<[String: Int]>([:])
        queue.fail { action in
            let number = calls.withLock { calls in
                calls[action, default: 0] += 1
                return calls[action] ?? 0
            }
            switch number {
            case 1: return ServiceError(.throttling, "slow down")
            case 2: return ServiceError(.connectionFailure, "gone")
            default: return nil
            }
        }
        try await run(consumer(queue)) {
            try await eventually("all acknowledged") { queue.acknowledgedCount == 20 }
        }
        #expect(["receives.throttled", "receives.failures"].map(total) == [1, 1])
        // Each kind of error is told once.
        #expect(journal.count { if case .receiveFailed = $0 { true } else { false } } == 2)
        #expect(journal.handled.count == 20)
    }

    @Test func aShutdownReturnsWhatWasNotBegun() async throws {
        let queue = MemoryQueue(recordCount: 10)
        let journal = journal
        let consumer = consumer(queue) {
            $0.concurrency = 2
            $0.prefetch = 8
            $0.shutdownTimeout = .milliseconds(50)
        } handle: { record, _ in
            journal.note(record)
            try await Task.sleep(for: .seconds(3600))
        }
        try await run(consumer) {
            try await eventually("two began") { journal.handled.count == 2 && total("received") == 10 }
        }
        // The two that were cancelled too.
        #expect(queue.visibleCount == 10)
        #expect(journal.handled.count == 2 && total("returned") == 10)
        #expect(journal.count { if case .returned(_, 0) = $0 { true } else { false } } == 10)
    }

    @Test func aQueueThatIsNotThereEndsTheConsumer() async throws {
        for name in ["orders", MemoryQueue.arn] {
            let queue = MemoryQueue()
            queue.setStatus(nil)
            let error = await #expect(throws: ServiceError.self) {
                try await consumer(queue) { $0.queue = name }.run()
            }
            #expect(error?.code == .resourceNotFound)
        }
        #expect(journal.events.contains(.queueMissing))
    }

    @Test func aQueueMayBeWaitedFor() async throws {
        let queue = MemoryQueue(recordCount: 3)
        queue.setStatus(nil)
        let consumer = consumer(queue) {
            $0.queue = "orders"
            $0.onMissingQueue = .wait
        }
        try await run(consumer) {
            try await eventually("missed") { journal.events.contains(.queueMissing) }
            #expect(!journal.events.contains(.started(queueARN: MemoryQueue.arn)))
            // It is found when it is there, and served when it is active.
            queue.setStatus("CREATING")
            try await eventually("found") { journal.events.contains(.started(queueARN: MemoryQueue.arn)) }
            queue.setStatus("ACTIVE")
            try await eventually("all acknowledged") { queue.acknowledgedCount == 3 }
        }
    }

    @Test func aQueueThatIsBeingMadeIsWaitedForInAnyCase() async throws {
        let queue = MemoryQueue(recordCount: 3)
        queue.setStatus("CREATING")
        try await run(consumer(queue)) {
            try await eventually("tried") { total("receives.failures") > 0 }
            queue.setStatus("ACTIVE")
            try await eventually("all acknowledged") { queue.acknowledgedCount == 3 }
        }
    }

    @Test func itMayBeRunOnce() async throws {
        let queue = MemoryQueue()
        let consumer = consumer(queue)
        try await run(consumer) {
            try await eventually("it receives") { queue.callCount("ReceiveQueueRecords") > 0 }
            let error = await #expect(throws: ServiceError.self) { try await consumer.run() }
            #expect(error?.code == .configuration)
        }
    }

    /// Nothing is told apart by more than the queue, and everything is in the document.
    @Test func everyMetricIsKnown() throws {
        let factory = LabelFactory()
        _ = QueueConsumerMetrics(factory: factory, queue: "orders")
        #expect(factory.made.allSatisfy { $0.value == ["queue"] })
        let page = try document("docs/METRICS.md")
        let documented = page.matches(of: /`(weir\.queue_consumer\.[a-z_.]+)`/).map { String($0.output.1) }
        #expect(Set(documented) == Set(factory.made.keys))
    }
}
