import CoreMetrics
import Logging
import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

/// Applications that read several streams.
@Suite struct SeveralStreamsTests {
    private let streams = ["flights", "weather"]
    private let table = LeaseTable(name: WorkerHarness.application)

    /// What was processed, by stream.
    private final class StreamJournal: Sendable {
        private let state = Mutex<[String: [String]]>([:])

        func note(_ record: ConsumerRecord, _ shard: ShardContext) {
            state.withLock { $0[shard.streamName, default: []].append(String(buffer: record.data)) }
        }

        subscript(stream: String) -> [String] { state.withLock { $0[stream] ?? [] } }

        var count: Int { state.withLock { $0.values.reduce(0) { $0 + $1.count } } }
    }

    /// An in-memory service with both streams, of two shards each.
    private func harness(failoverTime: Duration = .seconds(10)) -> WorkerHarness {
        let harness = WorkerHarness(shards: 0, failoverTime: failoverTime)
        for (index, stream) in streams.enumerated() {
            harness.kinesis.createStream(stream, shardCount: 2, madeAt: 1_700_000_000_000 + index * 1000)
        }
        return harness
    }

    private func worker(
        _ harness: WorkerHarness,
        _ id: String,
        _ journal: StreamJournal,
        streams: ConsumedStreams = ["flights", "weather"],
        configure: (inout ConsumerWorker.Configuration) -> Void = { _ in }
    ) -> ConsumerWorker {
        harness.worker(id) { configuration in
            configuration.streamName = ""
            configuration.streams = streams
            configuration.shardSyncInterval = .milliseconds(50)
            configure(&configuration)
        } handle: { record, shard in
            journal.note(record, shard)
        }
    }

    private func put(_ harness: WorkerHarness, _ stream: String, _ numbers: Range<Int>) throws {
        for number in numbers { try harness.kinesis.put(stream, key: "key-\(number % 20)", data: "\(number)") }
    }

    private func identity(_ stream: String, epoch: Int64? = nil) -> StreamIdentity {
        let index = streams.firstIndex(of: stream) ?? 0
        return StreamIdentity(
            accountID: "000000000000",
            streamName: stream,
            creationEpoch: epoch ?? 1_700_000_000 + Int64(index)
        )
    }

    private func texts(_ numbers: Range<Int>) -> Set<String> { Set(numbers.map(String.init)) }

    @Test func twoWorkersShareAllStreamsEvenly() async throws {
        let (harness, journal) = (harness(failoverTime: .seconds(20)), StreamJournal())
        try put(harness, "flights", 0..<40)
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("alone") { harness.shares == ["a": 4] }
            try await harness.run(worker(harness, "b", journal)) {
                try await eventually("two each") { harness.shares == ["a": 2, "b": 2] }
                try put(harness, "flights", 40..<100)
                try put(harness, "weather", 0..<100)
                try await eventually("all") { journal.count == 200 }
            }
        }
        for stream in streams {
            #expect(journal[stream].count == 100)
            #expect(Set(journal[stream]) == texts(0..<100))
        }
        #expect(
            Set(harness.leases.map(\.key))
                == Set(
                    streams.flatMap { name in
                        [0, 1].map { identity(name).leaseKey(of: ShardID($0).description) }
                    }
                )
        )
        for lease in harness.leases { #expect(lease.stream?.leaseKey(of: lease.shardID) == lease.key) }
        let added = harness.journal.events(of: "a").filter { if case .streamAdded = $0 { true } else { false } }
        #expect(Set(added) == [.streamAdded(stream: "flights"), .streamAdded(stream: "weather")])
    }

    @Test func aStreamIsAddedAndLeftOutAndAddedAgain() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try put(harness, "flights", 0..<10)
        try put(harness, "weather", 0..<10)
        let (sets, told) = AsyncStream<[ConsumedStream]>.makeStream()
        told.yield(["flights"])
        try await harness.run(worker(harness, "a", journal, streams: .updates(sets))) {
            try await eventually("the first") { journal.count == 10 }
            #expect(harness.leases.allSatisfy { $0.stream == identity("flights") })
            told.yield(["flights", "weather"])
            try await eventually("the second") { journal.count == 20 }
            told.yield(["weather"])
            try await eventually("left out") { harness.shares == ["a": 2] }
            let left = harness.leases.filter { $0.stream == identity("flights") }
            // Nothing is lost of how far it was read.
            #expect(left.count == 2 && left.allSatisfy { $0.owner == nil && $0.checkpoint != .trimHorizon })
            #expect(harness.journal.events.contains(.streamRemoved(stream: "flights")))
            try put(harness, "flights", 10..<20)
            try put(harness, "weather", 10..<20)
            try await eventually("what is read still") { journal["weather"].count == 20 }
            #expect(journal["flights"].count == 10)
            told.yield(["flights", "weather"])
            try await eventually("from the checkpoint") { journal["flights"].count == 20 }
        }
        for stream in streams { #expect(journal[stream].count == 20 && Set(journal[stream]) == texts(0..<20)) }
    }

    @Test func leasesOfAFormerStreamGoAfterAWhile() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try put(harness, "weather", 0..<10)
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("all") { journal.count == 10 && harness.shares == ["a": 4] }
        }
        let other = worker(harness, "b", journal, streams: ["flights"]) {
            $0.formerStreams = .deleteLeases(after: .milliseconds(100))
        }
        try await harness.run(other) {
            try await eventually("deleted") { harness.leases.count == 2 }
            #expect(harness.leases.allSatisfy { $0.stream == identity("flights") })
            let event = WorkerEvent.formerLeasesDeleted(stream: "\(identity("weather"))", count: 2)
            try await eventually("told") { harness.journal.events.contains(event) }
        }
        // It begins anew.
        try await harness.run(worker(harness, "c", journal)) {
            try await eventually("again") { journal["weather"].count == 20 }
        }
    }

    /// A worker goes on from what those before it have noted of the time.
    @Test func theTimeOfAFormerStreamDoesNotBeginAnewWithAWorker() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("all") { harness.shares == ["a": 4] }
        }
        let former = harness.leases.filter { $0.stream == identity("weather") }
        for (index, lease) in former.enumerated() {
            // Of one all but a moment has gone by, of the other at an earlier counter.
            let time = FormerTime(counter: lease.counter - Int64(index), milliseconds: 3_599_990)
            try harness.dynamoDB.change(WorkerHarness.application) {
                try $0.update(LeaseTable(name: WorkerHarness.application).setFormerTime(time, of: lease))
            }
        }
        let other = worker(harness, "b", journal, streams: ["flights"]) {
            $0.formerStreams = .deleteLeases(after: .seconds(3600))
        }
        try await harness.run(other) {
            try await eventually("one is deleted") { harness.leases.count == 3 }
            #expect(harness.leases.contains { $0.key == former[1].key })
        }
    }

    /// A worker that is told of fewer streams than the others does no harm to what they read.
    @Test func leasesThatSomebodyHoldsAreNotDeleted() async throws {
        let (harness, journal) = (harness(failoverTime: .milliseconds(600)), StreamJournal())
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("all") { harness.shares == ["a": 4] }
            let other = worker(harness, "b", journal, streams: ["flights"]) {
                $0.formerStreams = .deleteLeases(after: .seconds(2))
            }
            try await harness.run(other) {
                try await eventually("what both read is shared") { (harness.shares["b"] ?? 0) >= 1 }
                let counters = { harness.leases.filter { $0.stream == identity("weather") }.map(\.counter) }
                let before = counters()
                try await eventually("many renewals later") { zip(counters(), before).allSatisfy { $0 > $1 + 15 } }
                #expect(counters().count == 2)
            }
        }
    }

    @Test func aStreamThatDoesNotExistHoldsUpNoOther() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        harness.kinesis.deleteStream("weather")
        try put(harness, "flights", 0..<10)
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("the one that is there") { journal["flights"].count == 10 }
            try await eventually("told") {
                harness.journal.events.contains {
                    if case .streamUnavailable("weather", _) = $0 { true } else { false }
                }
            }
            harness.kinesis.createStream("weather", shardCount: 1)
            try put(harness, "weather", 0..<10)
            try await eventually("when it is made") { journal["weather"].count == 10 }
        }
        let told = harness.journal.events.filter { if case .streamUnavailable = $0 { true } else { false } }
        #expect(told.count == 1)
    }

    @Test(arguments: [1_800_000_000_000, 1_700_000_001_500])
    func aStreamThatIsMadeAgainIsANewOne(madeAt: Int) async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try put(harness, "weather", 0..<10)
        try put(harness, "flights", 0..<10)
        try await harness.run(worker(harness, "a", journal) { $0.initialPosition = .trimHorizon }) {
            try await eventually("all") { journal.count == 20 }
            harness.kinesis.deleteStream("weather")
            harness.kinesis.createStream("weather", shardCount: 1, madeAt: madeAt)
            try put(harness, "weather", 10..<20)
            try await eventually("the new one, from its first record") { Set(journal["weather"]) == texts(0..<20) }
            try put(harness, "flights", 10..<20)
            try await eventually("the other, as ever") { journal["flights"].count == 20 }
            let expected = identity("weather", epoch: Int64(madeAt / 1000)).leaseKey(of: ShardID(0).description)
            try await eventually("the old leases are gone") {
                harness.leases.filter { $0.stream?.streamName == "weather" }.map(\.key) == [expected]
            }
        }
        for stream in streams { #expect(Set(journal[stream]) == texts(0..<20)) }
    }

    /// Nobody waits for the next comparison, which is far off.
    @Test func aReaderNoticesThatItsStreamWasMadeAgain() async throws {
        let (harness, journal) = (harness(failoverTime: .milliseconds(900)), StreamJournal())
        try put(harness, "weather", 0..<10)
        let worker = worker(harness, "a", journal) { $0.shardSyncInterval = .seconds(3600) }
        try await harness.run(worker) {
            try await eventually("all") { journal.count == 10 }
            harness.kinesis.deleteStream("weather")
            harness.kinesis.createStream("weather", shardCount: 1, madeAt: 1_800_000_000_000)
            harness.kinesis.expireIterators()
            try put(harness, "weather", 10..<20)
            try await eventually("the new one", within: .seconds(60)) { Set(journal["weather"]) == texts(0..<20) }
        }
    }

    @Test func aStreamMayHaveSettingsOfItsOwn() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        for stream in streams { try put(harness, stream, 0..<10) }
        let streams: ConsumedStreams = [
            .init("flights", retrieval: .fanOut(consumerName: "radar")), .init("weather", initialPosition: .latest),
        ]
        try await harness.run(worker(harness, "a", journal, streams: streams)) {
            try await eventually("from the oldest") { journal["flights"].count == 10 }
            try await eventually("both shards of the other") {
                harness.journal.events.count { event in
                    if case .shardStarted(let key, .latest) = event { key.contains(":weather:") } else { false }
                } == 2
            }
            try put(harness, "weather", 10..<20)
            try await eventually("from the newest") { journal["weather"].count == 10 }
        }
        #expect(Set(journal["weather"]) == texts(10..<20))
        #expect(harness.kinesis.consumerNames == ["radar"])
    }

    @Test func splitsAreFollowedInEachStream() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("started") { harness.shares == ["a": 4] }
            for stream in streams { try put(harness, stream, 0..<20) }
            // The shards of both have the same IDs.
            for stream in streams { try harness.kinesis.split(stream, ShardID(0).description) }
            for stream in streams { try put(harness, stream, 20..<60) }
            try await eventually("all") { journal.count == 120 }
            try await eventually("the parents have ended") { harness.leases.count(where: \.isEnded) == 2 }
            #expect(harness.leases.count == 8)
        }
        for stream in streams {
            for key in 0..<20 {
                let numbers = journal[stream].compactMap(Int.init).filter { $0 % 20 == key }
                #expect(numbers == numbers.sorted() && numbers.count == 3)
            }
        }
        for lease in harness.leases where lease.isEnded {
            #expect(lease.childShardIDs == [ShardID(2).description, ShardID(3).description])
        }
        #expect(
            harness.journal.events.contains(
                .shardEnded(
                    shardID: identity("weather").leaseKey(of: ShardID(0).description),
                    children: [ShardID(2).description, ShardID(3).description]
                )
            )
        )
    }

    @Test func deadLettersNameTheirStream() async throws {
        let harness = harness()
        let letters = Mutex<[DeadLetter]>([])
        let worker = harness.worker(
            "a",
            deadLetters: DeadLetterClosure { letter in letters.withLock { $0.append(letter) } },
            configure: {
                $0.streamName = ""
                $0.streams = ["flights", "weather"]
            },
            handle: { record, _ in throw RecordRejection("no") }
        )
        for stream in streams { try put(harness, stream, 0..<1) }
        try await harness.run(worker) {
            try await eventually("both") { letters.withLock(\.count) == 2 }
        }
        #expect(Set(letters.withLock { $0.map(\.stream) }) == Set(streams))
    }

    /// Notes the metrics that are made: their names, and their streams.
    private final class MetricsJournal: MetricsFactory, CounterHandler, RecorderHandler, TimerHandler {
        private let made = Mutex<Set<[String]>>([])

        func streams(of name: String) -> Set<String> {
            made.withLock {
                Set($0.filter { $0[0] == name }.map { $0.dropFirst().filter { $0.hasPrefix("stream=") }.joined() })
            }
        }

        private func note(_ label: String, _ dimensions: [(String, String)]) -> MetricsJournal {
            made.withLock { _ = $0.insert([label] + dimensions.map { "\($0.0)=\($0.1)" }) }
            return self
        }

        func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
            note(label, dimensions)
        }
        func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
            note(label, dimensions)
        }
        func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { note(label, dimensions) }
        func destroyCounter(_ handler: any CounterHandler) {}
        func destroyRecorder(_ handler: any RecorderHandler) {}
        func destroyTimer(_ handler: any TimerHandler) {}
        func increment(by amount: Int64) {}
        func reset() {}
        func record(_ value: Int64) {}
        func record(_ value: Double) {}
        func recordNanoseconds(_ duration: Int64) {}
    }

    @Test(arguments: [true, false])
    func metricsTellTheStreamWhereThereAreSeveral(isSeveral: Bool) async throws {
        let (harness, metrics) = (harness(), MetricsJournal())
        var configuration = ConsumerWorker.Configuration(applicationName: "arrivals", streamName: "flights")
        if isSeveral { configuration = .init(applicationName: "arrivals", streams: ["flights", "weather"]) }
        let worker = ConsumerWorker(
            configuration: configuration,
            kinesis: harness.kinesis,
            leaseTable: harness.dynamoDB,
            handler: .records { _, _ in },
            metricsFactory: metrics,
            time: HarnessTime(kinesis: harness.kinesis, millisecondsAhead: 0),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await harness.run(worker) {
            try await eventually("started") { harness.shares.values.map { $0 } == [isSeveral ? 4 : 2] }
        }
        let streams: Set<String> = isSeveral ? ["", "stream=flights", "stream=weather"] : ["stream=flights"]
        for name in ["records", "bytes", "failures", "dead_letters", "millis_behind_latest", "processing.time"] {
            #expect(metrics.streams(of: "weir.consumer.\(name)") == streams, "\(name)")
        }
        #expect(metrics.streams(of: "weir.consumer.leases.held") == (isSeveral ? [""] : ["stream=flights"]))
    }

    // MARK: Tables of the other kind

    @Test func aWorkerOfSeveralStreamsRefusesTheTableOfOne() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try await harness.run(harness.worker("one")) { try await harness.reading("one") }
        let error = await #expect(throws: ServiceError.self) { try await worker(harness, "a", journal).run() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("application of one stream") == true)
    }

    @Test func aWorkerOfOneStreamRefusesTheTableOfSeveral() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("started") { harness.shares == ["a": 4] }
        }
        let before = harness.leases
        let error = await #expect(throws: ServiceError.self) { try await harness.worker("one").run() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("application of several streams") == true)
        #expect(harness.leases == before)
    }

    /// Somebody begins an application of the other kind at the same moment: neither reads what the other is to read.
    @Test(arguments: [true, false])
    func leasesOfTheOtherKindAreLeftAlone(isOneOfSeveral: Bool) async throws {
        let (harness, journal) = (harness(), StreamJournal())
        let listings = Mutex(0)
        harness.kinesis.fail { action in
            if action == "ListShards" { listings.withLock { $0 += 1 } }
            return nil
        }
        let foreign =
            isOneOfSeveral
            ? Lease(key: ShardID(0).description, checkpoint: .trimHorizon)
            : Lease(
                key: identity("flights").leaseKey(of: ShardID(0).description),
                stream: identity("flights"),
                checkpoint: .trimHorizon
            )
        let worker =
            isOneOfSeveral
            ? worker(harness, "a", journal)
            : harness.worker("a") { $0.shardSyncInterval = .milliseconds(50) }
        let count = isOneOfSeveral ? 4 : 2
        try await harness.run(worker) {
            try await eventually("started") { harness.shares == ["a": count] }
            try harness.dynamoDB.change(table.name) { try $0.put(table.create(foreign)) }
            let before = listings.withLock { $0 }
            try await eventually("comparisons") { listings.withLock { $0 } > before + 6 }
            #expect(harness.shares == ["a": count])
            #expect(harness.lease(foreign.key) == foreign)
        }
    }

    /// Leases as the KCL leaves them: the worker goes on at their checkpoints, and fills in what is missing.
    @Test func aTableOfTheKCLIsTakenOver() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        try put(harness, "flights", 0..<20)
        let flights = identity("flights")
        for shard in [ShardID(0), ShardID(1)].map(\.description) {
            let records = harness.kinesis.records("flights", shard: shard)
            let checkpoint = try #require(records.dropFirst().first).sequenceNumber
            let item: Item = [
                "leaseKey": .string(flights.leaseKey(of: shard)), "streamName": .string("\(flights)"),
                "shardId": .string(shard), "leaseCounter": .number("3"),
                "ownerSwitchesSinceCheckpoint": .number("0"), "checkpoint": .string(checkpoint),
                "checkpointSubSequenceNumber": .number("0"),
            ]
            try harness.dynamoDB.change(table.name) { try $0.put(.init(tableName: table.name, item: item)) }
        }
        try await harness.run(worker(harness, "a", journal)) {
            try await eventually("the rest") { journal["flights"].count == 16 }
            try await eventually("the other stream too") { harness.shares == ["a": 4] }
        }
        #expect(harness.dynamoDB.items(table.name).count == 4)
        for item in harness.dynamoDB.items(table.name) {
            #expect(item["streamName"] != nil && item["shardId"] != nil)
        }
    }

    /// The tracker of a KCL may call the time of a stream 1.
    @Test func theEpochMayBeToldAsATrackerOfTheKCLTellsIt() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        let streams: ConsumedStreams = [.init("flights", creationEpoch: 1)]
        try await harness.run(worker(harness, "a", journal, streams: streams)) {
            try await eventually("started") { harness.shares == ["a": 2] }
        }
        #expect(Set(harness.leases.map(\.stream)) == [identity("flights", epoch: 1)])
    }

    // MARK: Settings

    @Test(
        arguments: [
            { $0.streams = [""] }, { $0.streams = ["flights", "flights"] }, { $0.streamName = "flights" },
            { $0.streams = [.init("flights", creationEpoch: 0)] },
            { $0.streams = [.init("flights", retrieval: .fanOut(consumerName: ""))] },
            { $0.formerStreams = .deleteLeases(after: .seconds(-1)) },
        ] as [@Sendable (inout ConsumerWorker.Configuration) -> Void]
    )
    func settingsThatCannotBeAreRefused(_ change: @Sendable (inout ConsumerWorker.Configuration) -> Void) async {
        let worker = worker(harness(), "a", StreamJournal(), configure: change)
        let error = await #expect(throws: ServiceError.self) { try await worker.run() }
        #expect(error?.code == .configuration)
    }

    @Test func streamsThatArePolledMayFailForAWhile() async throws {
        let (harness, journal) = (harness(), StreamJournal())
        let asked = Mutex(0)
        let streams = ConsumedStreams.polled(every: .milliseconds(10)) {
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count % 2 == 0 { throw ServiceError(.connectionFailure, "no answer") }
            return count < 5 ? ["flights"] : ["flights", "weather", "weather", ""]
        }
        for stream in ["flights", "weather"] { try put(harness, stream, 0..<10) }
        try await harness.run(worker(harness, "a", journal, streams: streams)) {
            try await eventually("both") { journal.count == 20 }
        }
        #expect(!harness.journal.events.contains(.streamRemoved(stream: "flights")))
    }
}
