import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirModel
import WeirRuntime
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Subscriptions to shards, from a server in this process to a client.
@Suite(.timeLimit(.minutes(5))) struct SubscribeToShardTests {
    /// A consumer of a stream of one shard.
    private struct Fixture {
        let weir: WeirInstance
        let kinesis: KinesisClient
        let consumerARN: String
        let shard = "shardId-000000000000"

        func subscribe(_ position: StartingPosition = .latest) async throws(ServiceError) -> ShardSubscription {
            try await kinesis.subscribeToShard(consumerARN: consumerARN, shardID: shard, position: position)
        }

        func put(_ text: String) async throws -> String {
            try await kinesis.putRecord(ByteBuffer(string: text), stream: "s", partitionKey: "k").sequenceNumber
        }
    }

    private func withConsumer(
        time: any TimeSource = SystemTime(),
        _ body: (Fixture) async throws -> Void
    ) async throws {
        try await withWeir(time: time) { weir in
            var configuration = weir.clientConfiguration
            // A subscription holds a connection, but not one that calls need.
            configuration.maximumConnections = 1
            try await withKinesisClient(configuration, logger: quiet) { kinesis in
                try await kinesis.createStream("s", shardCount: 1)
                let arn = try await kinesis.describeStreamSummary("s").streamARN
                let consumer = try await kinesis.registerStreamConsumer("c", streamARN: arn)
                try await body(Fixture(weir: weir, kinesis: kinesis, consumerARN: consumer.consumerARN))
            }
        }
    }

    /// The next event that has records or is the last.
    private func next(
        _ events: inout ShardSubscription.AsyncIterator
    ) async throws(ServiceError) -> SubscribeToShardEvent? {
        while let event = try await events.next() {
            if !event.records.isEmpty || event.continuationSequenceNumber == nil { return event }
        }
        return nil
    }

    @Test func recordsThatArePutAfterwardsComeInOrder() async throws {
        try await withConsumer { fixture in
            _ = try await fixture.put("before")
            var events = try await fixture.subscribe().makeAsyncIterator()
            for number in 0..<20 {
                let sequenceNumber = try await fixture.put("\(number)")
                let event = try #require(try await next(&events))
                #expect(event.records.map { String(buffer: $0.data) } == ["\(number)"])
                #expect(event.records.map(\.sequenceNumber) == [sequenceNumber])
                #expect(event.continuationSequenceNumber != nil)
                #expect(event.childShards == nil)
            }
        }
    }

    @Test func aReaderThatComesLateMissesNothing() async throws {
        try await withConsumer { fixture in
            let data = ByteBuffer(repeating: 7, count: 200_000)
            var put: [String] = []
            for _ in 0..<60 {
                put.append(
                    try await fixture.kinesis.putRecord(data, stream: "s", partitionKey: "k").sequenceNumber
                )
            }
            var events = try await fixture.subscribe(.trimHorizon).makeAsyncIterator()
            var read: [String] = []
            while read.count < put.count, let event = try await events.next() {
                read += event.records.map(\.sequenceNumber)
            }
            #expect(read == put)
        }
    }

    @Test func theContinuationLeadsOn() async throws {
        let time = ShiftedTime()
        try await withConsumer(time: time) { fixture in
            _ = try await fixture.put("first")
            var events = try await fixture.subscribe(.trimHorizon).makeAsyncIterator()
            let first = try #require(try await next(&events))
            let continuation = try #require(first.continuationSequenceNumber)
            // A consumer subscribes to a shard once in five seconds.
            let error = await #expect(throws: ServiceError.self) { try await fixture.subscribe() }
            #expect(error?.code == .resourceInUse)
            time.advance(by: .seconds(5))
            var again = try await fixture.subscribe(.afterSequenceNumber(continuation)).makeAsyncIterator()
            // The subscription before has lost its place.
            let lost = await #expect(throws: ServiceError.self) { try await next(&events) }
            #expect(lost?.code == .resourceInUse)
            let second = try await fixture.put("second")
            #expect(try await next(&again)?.records.map(\.sequenceNumber) == [second])
        }
    }

    @Test func afterFiveMinutesTheSubscriptionEnds() async throws {
        let time = ShiftedTime()
        try await withConsumer(time: time) { fixture in
            var events = try await fixture.subscribe().makeAsyncIterator()
            #expect(try await events.next()?.records == [])
            time.advance(by: .seconds(Limits.subscriptionLifetimeInSeconds))
            // It wakes the subscription, which then finds that its time is up.
            _ = try await fixture.put("late")
            #expect(try await next(&events) == nil)
            #expect(try await events.next() == nil)
        }
    }

    @Test func theLastEventOfAShardTellsItsChildren() async throws {
        try await withConsumer { fixture in
            _ = try await fixture.put("only")
            var events = try await fixture.subscribe(.trimHorizon).makeAsyncIterator()
            #expect(try await next(&events)?.records.count == 1)
            _ = try await fixture.kinesis.updateShardCount("s", target: 2)
            let last = try #require(try await next(&events))
            #expect(last.continuationSequenceNumber == nil)
            #expect(last.childShards?.map(\.shardID) == ["shardId-000000000001", "shardId-000000000002"])
            #expect(try await events.next() == nil)
        }
    }

    @Test func anErrorInTheStreamIsThrown() async throws {
        try await withConsumer { fixture in
            var events = try await fixture.subscribe().makeAsyncIterator()
            #expect(try await events.next()?.records == [])
            try await fixture.kinesis.deregisterStreamConsumer(arn: fixture.consumerARN)
            let error = await #expect(throws: ServiceError.self) { try await next(&events) }
            #expect(error?.code == .resourceNotFound)
            #expect(try await events.next() == nil)
        }
    }

    @Test func aCallThatIsRefusedThrows() async throws {
        try await withConsumer { fixture in
            let error = await #expect(throws: ServiceError.self) {
                try await fixture.kinesis.subscribeToShard(
                    consumerARN: fixture.consumerARN,
                    shardID: "shardId-000000000007",
                    position: .latest
                )
            }
            #expect(error?.code == .resourceNotFound)
        }
    }

    @Test func cancellationEndsTheSequence() async throws {
        try await withConsumer { fixture in
            let events = try await fixture.subscribe()
            #expect(await endOfCancelledReading(of: events) == .cancelled)
        }
    }

    @Test func theEndOfTheClientEndsTheSequence() async throws {
        var kept: ShardSubscription.AsyncIterator?
        try await withConsumer { fixture in
            kept = try await fixture.subscribe().makeAsyncIterator()
            #expect(try await kept?.next()?.records == [])
        }
        let error = await #expect(throws: ServiceError.self) { try await kept?.next() }
        #expect(error?.code == .clientShutDown)
    }

    @Test func theEndOfTheServerEndsTheSequence() async throws {
        try await withConsumer { fixture in
            var events = try await fixture.subscribe().makeAsyncIterator()
            #expect(try await events.next()?.records == [])
            try await fixture.weir.restart()
            #expect(try await next(&events) == nil)
        }
    }
}

/// The system's clocks, put forward.
private final class ShiftedTime: TimeSource {
    private let system = SystemTime()
    private let shift = Mutex(Duration.zero)

    func advance(by duration: Duration) { shift.withLock { $0 += duration } }

    private var nanoseconds: Int64 { Int64(shift.withLock(\.self) / .nanoseconds(1)) }

    var wallMilliseconds: Int64 { system.wallMilliseconds + nanoseconds / 1_000_000 }
    var monotonicNanoseconds: UInt64 { system.monotonicNanoseconds + UInt64(nanoseconds) }

    func sleep(for duration: Duration) async throws { try await system.sleep(for: duration) }
}
