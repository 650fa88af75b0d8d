import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing
import WeirClient
import WeirModel
import WeirTestTools

@testable import WeirProducer

private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

@Suite(.timeLimit(.minutes(15))) struct ProducerTests {
    /// Small delays, so that retries come soon.
    var configuration: ProducerConfiguration {
        var configuration = ProducerConfiguration()
        configuration.linger = .milliseconds(1)
        configuration.retryBaseDelay = .milliseconds(1)
        configuration.maximumRetryDelay = .milliseconds(4)
        return configuration
    }

    func scope<Result: Sendable>(
        _ kinesis: FakeKinesis,
        _ change: (inout ProducerConfiguration) -> Void = { _ in },
        _ body: (Producer) async throws -> sending Result
    ) async throws -> sending Result {
        var configuration = configuration
        change(&configuration)
        return try await withProducer(
            stream: "flights",
            client: kinesis,
            configuration: configuration,
            logger: quiet,
            body
        )
    }

    func producer(_ kinesis: FakeKinesis, _ change: (inout ProducerConfiguration) -> Void = { _ in }) throws -> Producer
    {
        var configuration = configuration
        change(&configuration)
        return try Producer(stream: "flights", client: kinesis, configuration: configuration, logger: quiet)
    }

    func eventually(_ condition: @Sendable () -> Bool) async -> Bool { await WeirProducerTests.eventually(condition) }

    // MARK: Putting

    @Test func aPutReturnsItsReceipt() async throws {
        let kinesis = FakeKinesis()
        let receipt = try await scope(kinesis) { producer in
            try await producer.put(ByteBuffer(string: "one"), partitionKey: "k", explicitHashKey: "7")
        }
        #expect(receipt == PutReceipt(shardID: "shardId-000000000000", sequenceNumber: "1", attempts: 1))
        #expect(kinesis.texts == ["one"])
    }

    @Test func putsAtOneTimeGoInOneCall() async throws {
        let kinesis = FakeKinesis()
        try await scope(kinesis, { $0.linger = .seconds(20) }) { producer in
            for number in 0..<499 {
                try await producer.enqueue(ByteBuffer(string: "\(number)"), partitionKey: "\(number)")
            }
            let last = try await producer.enqueue(ByteBuffer(string: "499"), partitionKey: "499")
            _ = try await last.receipt()
        }
        #expect(kinesis.calls.map(\.count) == [500])
    }

    @Test func failedEntriesAreSentAgainAlone() async throws {
        let kinesis = FakeKinesis { call, _ in
            call < 2 ? .refuse([0], .provisionedThroughputExceeded) : .none
        }
        let attempts = try await scope(kinesis, { $0.linger = .seconds(20) }) { producer in
            let first = try await producer.enqueue(ByteBuffer(string: "a"), partitionKey: "a")
            let second = try await producer.enqueue(ByteBuffer(string: "b"), partitionKey: "b")
            try await producer.flush()
            return [try await first.receipt().attempts, try await second.receipt().attempts]
        }
        #expect(attempts == [3, 1])
        #expect(kinesis.calls == [["a", "b"], ["a"], ["a"]])
    }

    @Test func aRefusedPutThrowsTheServicesError() async throws {
        let kinesis = FakeKinesis { _, _ in .fail(.resourceNotFound) }
        try await scope(kinesis) { producer in
            let error = await #expect(throws: ProducerError.self) {
                try await producer.put(ByteBuffer(string: "a"), partitionKey: "a")
            }
            #expect(error?.code == .refused)
            #expect(error?.cause?.code == .resourceNotFound)
        }
        #expect(kinesis.calls.count == 1)
    }

    @Test func aRecordThatNeverSucceedsExpires() async throws {
        let kinesis = FakeKinesis { _, _ in .fail(.connectionFailure) }
        try await scope(kinesis, { $0.recordTimeToLive = .seconds(5) }) { producer in
            let error = await #expect(throws: ProducerError.self) {
                try await producer.put(ByteBuffer(string: "a"), partitionKey: "a")
            }
            #expect(error?.code == .expired)
            #expect(error?.cause?.code == .connectionFailure)
        }
        #expect(kinesis.calls.count > 1)
    }

    @Test func badRecordsAreRefusedBeforeTheyAreAccepted() async throws {
        let kinesis = FakeKinesis()
        try await scope(kinesis) { producer in
            let error = await #expect(throws: ProducerError.self) {
                try await producer.put(ByteBuffer(string: "a"), partitionKey: "")
            }
            #expect(error?.code == .invalidRecord)
        }
        #expect(kinesis.calls.isEmpty)
    }

    // MARK: Order and faults

    @Test(arguments: 0..<8 as Range<UInt64>) func orderPerKeyIsKeptThroughFaults(seed: UInt64) async throws {
        let random = Mutex(SeededGenerator(seed: seed))
        let kinesis = FakeKinesis { _, texts in
            random.withLock { random in
                switch Int.random(in: 0..<6, using: &random) {
                case 0: return .fail(.connectionFailure)
                case 1: return .loseAnswer
                case 2, 3:
                    let positions = texts.indices.filter { _ in Bool.random(using: &random) }
                    return .refuse(Set(positions), .provisionedThroughputExceeded)
                default: return .none
                }
            }
        }
        let keys = 7
        let perKey = 40
        try await scope(
            kinesis,
            {
                $0.maximumBatchCount = 5
                $0.maximumConcurrentCalls = 3
                // Not what is tested here, and a busy machine is slow.
                $0.recordTimeToLive = .seconds(600)
            }
        ) { producer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in 0..<keys {
                    group.addTask {
                        for number in 0..<perKey {
                            try await producer.enqueue(ByteBuffer(string: "\(number)"), partitionKey: "\(key)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await producer.flush()
        }
        for key in 0..<keys {
            var seen: Set<String> = []
            let firstDeliveries = kinesis.taken.filter { $0.key == "\(key)" }.map(\.text).filter {
                seen.insert($0).inserted
            }
            #expect(firstDeliveries == (0..<perKey).map { "\($0)" })
        }
        #expect(kinesis.greatestOnTheirWay <= 3)
        #expect(kinesis.calls.allSatisfy { $0.count <= 5 })
    }

    // MARK: Room

    @Test func aPutWaitsForRoomAndMayGiveUp() async throws {
        let kinesis = FakeKinesis { call, _ in call == 0 ? .hang : .none }
        try await scope(kinesis, { $0.maximumBufferedSizeInBytes = 2 << 20 }) { producer in
            let great = ByteBuffer(repeating: 0x61, count: (1 << 20) - 1)
            try await producer.enqueue(great, partitionKey: "a")
            // Two records with their bookkeeping are more than 2 MiB.
            let patient = Task { try await producer.enqueue(great, partitionKey: "b") }
            #expect(await eventually { producer.waitingCount == 1 })
            let impatient = Task { try await producer.enqueue(great, partitionKey: "c") }
            #expect(await eventually { producer.waitingCount == 2 })
            impatient.cancel()
            let error = await #expect(throws: ProducerError.self) { try await impatient.value }
            #expect(error?.code == .cancelled)
            #expect(producer.waitingCount == 1)
            kinesis.gate.open()
            _ = try await patient.value
            try await producer.flush()
        }
        #expect(kinesis.taken.map(\.key) == ["a", "b"])
    }

    @Test func aCancelledWaitForTheReceiptLeavesTheRecord() async throws {
        let kinesis = FakeKinesis { _, _ in .hang }
        try await scope(kinesis) { producer in
            let put = Task { try await producer.put(ByteBuffer(string: "a"), partitionKey: "a") }
            #expect(await eventually { kinesis.calls.count == 1 })
            put.cancel()
            let error = await #expect(throws: ProducerError.self) { try await put.value }
            #expect(error?.code == .cancelled)
            kinesis.gate.open()
            try await producer.flush()
        }
        #expect(kinesis.texts == ["a"])
    }

    // MARK: Lifetime

    @Test func aPutBeforeRunWaitsForIt() async throws {
        let kinesis = FakeKinesis()
        let producer = try producer(kinesis)
        let put = Task { try await producer.put(ByteBuffer(string: "a"), partitionKey: "a") }
        let run = Task { try await producer.run() }
        #expect(try await put.value.sequenceNumber == "1")
        producer.shutDown()
        try await run.value
    }

    @Test func aPutWithoutRunFailsAfterItsTimeToLive() async throws {
        let producer = try producer(FakeKinesis()) { $0.recordTimeToLive = .milliseconds(5) }
        let error = await #expect(throws: ProducerError.self) {
            try await producer.put(ByteBuffer(string: "a"), partitionKey: "a")
        }
        #expect(error?.code == .notRunning)
    }

    @Test func runMayBeCalledOnce() async throws {
        let producer = try producer(FakeKinesis())
        let run = Task { try await producer.run() }
        _ = try await producer.put(ByteBuffer(string: "a"), partitionKey: "a")
        await #expect(throws: ProducerError.self) { try await producer.run() }
        producer.shutDown()
        try await run.value
    }

    @Test func aGracefulShutdownPutsWhatWasAccepted() async throws {
        let kinesis = FakeKinesis { call, _ in call == 0 ? .fail(.serviceUnavailable) : .none }
        let producer = try producer(kinesis) { $0.linger = .seconds(20) }
        let group = ServiceGroup(services: [producer], logger: quiet)
        let run = Task { try await group.run() }
        var pending: [PendingPut] = []
        for number in 0..<10 {
            pending.append(try await producer.enqueue(ByteBuffer(string: "\(number)"), partitionKey: "k"))
        }
        await group.triggerGracefulShutdown()
        try await run.value
        for put in pending { _ = try await put.receipt() }
        #expect(kinesis.texts == (0..<10).map { "\($0)" })
        let error = await #expect(throws: ProducerError.self) {
            try await producer.put(ByteBuffer(string: "late"), partitionKey: "k")
        }
        #expect(error?.code == .shutDown)
        try await producer.flush()
    }

    @Test func aCancelledRunFailsWhatIsNotAcknowledged() async throws {
        let kinesis = FakeKinesis { _, _ in .hang }
        let producer = try producer(kinesis)
        let run = Task { try await producer.run() }
        let put = try await producer.enqueue(ByteBuffer(string: "a"), partitionKey: "k")
        let behind = try await producer.enqueue(ByteBuffer(string: "b"), partitionKey: "k")
        let flush = Task { try await producer.flush() }
        #expect(await eventually { kinesis.calls.count == 1 })
        run.cancel()
        try await run.value
        for pending in [put, behind] {
            let error = await #expect(throws: ProducerError.self) { try await pending.receipt() }
            #expect(error?.code == .shutDown)
        }
        try await flush.value
        #expect(kinesis.texts.isEmpty)
    }

    @Test func aScopeThatThrowsPutsWhatWasAccepted() async throws {
        struct Failure: Error {}
        let kinesis = FakeKinesis()
        await #expect(throws: Failure.self) {
            try await scope(kinesis, { $0.linger = .seconds(20) }) { producer in
                try await producer.enqueue(ByteBuffer(string: "a"), partitionKey: "k")
                throw Failure()
            }
        }
        #expect(kinesis.texts == ["a"])
    }
}
