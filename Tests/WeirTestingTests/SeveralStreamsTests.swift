import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirConsumer
import WeirLeases
import WeirModel
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Workers of an application of several streams against a server, from the first record to the last.
@Suite(.timeLimit(.minutes(4))) struct SeveralStreamsTests {
    /// What all workers were given, by stream and partition key, each record once: a worker may be given one again.
    private final class Journal: Sendable {
        private struct State {
            var seen: Set<[String]> = []
            var texts: [String: [String: [String]]] = [:]
            var events: [WorkerEvent] = []
        }

        private let state = Mutex(State())

        func note(_ record: ConsumerRecord, _ shard: ShardContext) {
            state.withLock { state in
                guard state.seen.insert([shard.streamName, record.sequenceNumber]).inserted else { return }
                let text = String(buffer: record.data)
                state.texts[shard.streamName, default: [:]][record.partitionKey, default: []].append(text)
            }
        }

        func note(_ event: WorkerEvent) { state.withLock { $0.events.append(event) } }

        var texts: [String: [String: [String]]] { state.withLock(\.texts) }
        var events: [WorkerEvent] { state.withLock(\.events) }
    }

    /// The server, its clients, and what was put.
    private final class Scene: Sendable {
        let kinesis: KinesisClient
        let dynamoDB: DynamoDBClient
        let journal = Journal()
        private let put = Mutex<[String: [String: [String]]]>([:])

        init(_ kinesis: KinesisClient, _ dynamoDB: DynamoDBClient) {
            self.kinesis = kinesis
            self.dynamoDB = dynamoDB
        }

        func create(_ stream: String) async throws {
            try await kinesis.createStream(stream, shardCount: 2)
        }

        /// Puts records into a stream, under ten keys.
        func put(_ count: Int, into stream: String) async throws {
            let first = put.withLock { $0[stream]?.values.reduce(0) { $0 + $1.count } ?? 0 }
            let numbers = first..<first + count
            _ = try await kinesis.call(
                PutRecords.self,
                .init(
                    records: numbers.map {
                        PutRecordsRequestEntry(data: ByteBuffer(string: "\($0)"), partitionKey: "key-\($0 % 10)")
                    },
                    streamName: stream
                )
            )
            put.withLock { put in
                for number in numbers {
                    put[stream, default: [:]]["key-\(number % 10)", default: []].append("\(number)")
                }
            }
        }

        /// Waits until exactly what was put was processed, each key's records in order.
        func complete(_ what: Comment) async throws {
            try await until(what) { self.journal.texts == self.put.withLock { $0 } }
        }

        func until(_ what: Comment, _ condition: () async throws -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(90)
            while try await !condition() {
                try #require(ContinuousClock.now < deadline, what)
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        /// Empty while there is no table.
        func view() async throws -> LeaseTableView {
            do throws(ServiceError) {
                return try await .read(table: "many", from: dynamoDB)
            } catch  where error.code == .resourceNotFound {
                return LeaseTableView(leases: [])
            }
        }

        func shares() async throws -> [String: Int] { try await view().activeLeasesByWorker.mapValues(\.count) }

        func worker(_ id: String, _ streams: ConsumedStreams, _ retrieval: Retrieval) -> ConsumerWorker {
            var configuration = ConsumerWorker.Configuration(applicationName: "many", streams: streams)
            configuration.workerID = id
            configuration.failoverTime = .seconds(3)
            configuration.idleInterval = .milliseconds(20)
            configuration.shardSyncInterval = .seconds(2)
            configuration.formerStreams = .deleteLeases(after: .seconds(3))
            configuration.retrieval = retrieval
            let journal = journal
            return ConsumerWorker(
                configuration: configuration,
                kinesis: kinesis,
                leaseTable: dynamoDB,
                handler: .records { record, shard in journal.note(record, shard) },
                onEvent: { journal.note($0) },
                logger: quiet
            )
        }
    }

    private func withScene(_ body: (Scene) async throws -> Void) async throws {
        try await withWeir { weir in
            try await withKinesisClient(weir.clientConfiguration, logger: quiet) { kinesis in
                try await withDynamoDBClient(weir.clientConfiguration, logger: quiet) { dynamoDB in
                    try await body(Scene(kinesis, dynamoDB))
                }
            }
        }
    }

    @Test(arguments: [Retrieval.polling, .fanOut()])
    func everyRecordOfAllStreamsComesWhateverHappens(_ retrieval: Retrieval) async throws {
        try await withScene { scene in
            for stream in ["s1", "s2"] { try await scene.create(stream) }
            let (first, tellFirst) = AsyncStream<[ConsumedStream]>.makeStream()
            let (second, tellSecond) = AsyncStream<[ConsumedStream]>.makeStream()
            func tell(_ streams: [ConsumedStream]) {
                tellFirst.yield(streams)
                tellSecond.yield(streams)
            }
            tell(["s1", "s2"])
            let victim = scene.worker("a", .updates(first), retrieval)
            let survivor = scene.worker("b", .updates(second), retrieval)
            let killed = Task { try await victim.run() }
            let running = Task { try await survivor.run() }
            do {
                for stream in ["s1", "s2"] { try await scene.put(50, into: stream) }
                try await scene.until("two each") { try await scene.shares() == ["a": 2, "b": 2] }
                try await scene.complete("of both streams")

                try await scene.create("s3")
                tell(["s1", "s2", "s3"])
                try await scene.put(50, into: "s3")
                try await scene.until("three each") { try await scene.shares() == ["a": 3, "b": 3] }
                try await scene.complete("of the third stream")

                try await scene.kinesis.splitEvenly("s2")
                for stream in ["s1", "s2", "s3"] { try await scene.put(50, into: stream) }
                try await scene.complete("through a split")

                tell(["s2", "s3"])
                try await scene.until("the first is left out") {
                    try await scene.view().activeLeases.allSatisfy { $0.stream?.streamName != "s1" || $0.owner == nil }
                }
                try await scene.put(50, into: "s2")
                try await scene.complete("without the first stream")
                try await scene.until("its leases are gone") {
                    try await scene.view().streams.map(\.streamName) == ["s2", "s3"]
                }

                victim.abandon()
                _ = await killed.result
                for stream in ["s2", "s3"] { try await scene.put(50, into: stream) }
                try await scene.complete("after a death")
                try await scene.until("all at the other") { try await scene.shares() == ["b": 5] }
            } catch {
                victim.abandon()
                running.cancel()
                _ = await (killed.result, running.result)
                throw error
            }
            running.cancel()
            try await running.value
            #expect(scene.journal.events.contains(.streamRemoved(stream: "s1")))
            if retrieval != .polling { try await expectConsumers(scene) }
        }
    }

    /// One for each stream, under the application's name.
    private func expectConsumers(_ scene: Scene) async throws {
        for stream in ["s1", "s2", "s3"] {
            let arn = try await scene.kinesis.describeStreamSummary(stream).streamARN
            let found = try await scene.kinesis.describeStreamConsumer("many", streamARN: arn)
            #expect(found.consumerStatus == "ACTIVE")
        }
    }

    /// Long before the shards are compared with the leases of their own accord.
    @Test(arguments: [true, false])
    func aStreamThatIsMadeAgainIsReadWithinSeconds(isOneOfSeveral: Bool) async throws {
        try await withScene { scene in
            try await scene.create("s1")
            var configuration =
                isOneOfSeveral
                ? ConsumerWorker.Configuration(applicationName: "many", streams: ["s1"])
                : ConsumerWorker.Configuration(applicationName: "many", streamName: "s1")
            configuration.shardSyncInterval = .seconds(3600)
            configuration.idleInterval = .milliseconds(20)
            configuration.failoverTime = .seconds(60)
            let journal = scene.journal
            let worker = ConsumerWorker(
                configuration: configuration,
                kinesis: scene.kinesis,
                leaseTable: scene.dynamoDB,
                handler: .records { record, shard in journal.note(record, shard) },
                onEvent: { journal.note($0) },
                logger: quiet
            )
            let running = Task { try await worker.run() }
            do {
                try await scene.put(20, into: "s1")
                try await scene.complete("the old one")
                try await scene.kinesis.deleteStream("s1")
                try await scene.create("s1")
                let remade = ContinuousClock.now
                try await scene.put(20, into: "s1")
                try await scene.complete("the new one")
                #expect(ContinuousClock.now - remade < .seconds(45))
            } catch {
                running.cancel()
                _ = await running.result
                throw error
            }
            running.cancel()
            try await running.value
        }
    }
}

extension KinesisClient {
    /// Splits the first open shard of a stream into halves.
    fileprivate func splitEvenly(_ stream: String) async throws {
        let shards = try await call(ListShards.self, .init(streamName: stream)).shards
        let shard = try #require(shards.first { $0.sequenceNumberRange.endingSequenceNumber == nil })
        let low = try #require(HashKey(shard.hashKeyRange.startingHashKey))
        let high = try #require(HashKey(shard.hashKeyRange.endingHashKey))
        let middle = low.value + (high.value - low.value) / 2
        _ = try await call(
            SplitShard.self,
            .init(streamName: stream, shardToSplit: shard.shardID, newStartingHashKey: "\(middle + 1)")
        )
    }
}
