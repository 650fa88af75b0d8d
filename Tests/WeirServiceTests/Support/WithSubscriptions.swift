import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirRuntime
import WeirService
import WeirStore
import WeirTestTools
import WeirWire

/// A service with a stream `s` and a consumer `c`, by a clock that a test moves.
struct SubscriptionTest: Sendable {
    let test: TestService
    let time: SteppedTime
    let folder: DataFolder
    let consumerARN: String

    /// Subscribes, and gives the messages.
    func subscribe(
        _ type: String = "TRIM_HORIZON",
        shard: Int = 0,
        number: String? = nil,
        timestamp: Timestamp? = nil,
        consumerARN: String? = nil,
        format: WireFormat = .json,
        replies: ReplyMemory = ReplyMemory()
    ) async throws(ServiceError) -> Subscription {
        let request = SubscribeToShard.Request(
            consumerARN: consumerARN ?? self.consumerARN,
            shardID: ShardID(UInt32(shard)).description,
            startingPosition: StartingPositionShape(type: type, sequenceNumber: number, timestamp: timestamp)
        )
        var body = ByteBuffer()
        request.write(to: &body, format: format)
        let call = ActionCall(SubscribeToShard.name, body: CallBody(body), format: format, replyMemory: replies)
        guard case .stream(let stream) = try await test.service.perform(call) else {
            throw ServiceError(.internalFailure, "SubscribeToShard has answered with a message.")
        }
        return Subscription(stream: stream, format: format)
    }

    /// The error with which a subscription is refused; nil when it is not.
    func refusal(_ type: String = "TRIM_HORIZON", shard: Int = 0, consumerARN: String? = nil) async -> ServiceError? {
        do throws(ServiceError) {
            try await subscribe(type, shard: shard, consumerARN: consumerARN).stream.cancel()
            return nil
        } catch {
            return error
        }
    }

    func register(_ name: String) async throws -> String {
        try await test.call(
            RegisterStreamConsumer.self,
            .init(streamARN: "arn:aws:kinesis:us-east-1:000000000000:stream/s", consumerName: name)
        ).consumer.consumerARN
    }

    /// Appends a record of so many bytes, with a key of one, to the first shard.
    func append(bytes count: Int) async throws {
        let stream = try await folder.streams.stream(name: "s")
        let record = NewRecord(
            shard: ShardID(0),
            partitionKey: "k",
            data: ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
        )
        _ = try await folder.streams.append([record], stream: stream)
    }

    /// Waits until so many sleep, and moves the clock.
    func advance(seconds: Int, whenAsleep count: Int = 1) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while time.sleeperCount < count, ContinuousClock.now < deadline { await Task.yield() }
        try #require(time.sleeperCount == count)
        time.advance(seconds: seconds)
    }
}

/// The messages of a subscription.
struct Subscription: Sendable {
    let stream: any ReplyStream
    let format: WireFormat

    /// The next message; nil at the end. Each piece of the body must be one message.
    func next() async throws -> SubscriptionMessage? {
        guard let piece = await stream.next()?.bytes else { return nil }
        var decoder = EventStreamDecoder()
        decoder.append(piece)
        let message = try #require(try decoder.next())
        try decoder.finish()
        let known: SubscriptionMessage = try #require(try SubscriptionMessage(message, format: format))
        return known
    }

    /// The next message, which has to be an event.
    func event() async throws -> SubscribeToShardEvent {
        guard case .event(let event)? = try await next() else { throw UnexpectedMessage() }
        return event
    }

    /// The first message, which has to be the response.
    func begin() async throws {
        guard case .initialResponse? = try await next() else { throw UnexpectedMessage() }
    }

    /// The next message, which has to be an exception, after which nothing comes.
    func exception() async throws -> ServiceError {
        guard case .exception(let error)? = try await next() else { throw UnexpectedMessage() }
        #expect(try await next() == nil)
        return error
    }
}

/// Another message came than the test is about.
struct UnexpectedMessage: Error {}

extension SubscribeToShardEvent {
    /// The data of the records.
    var texts: [String] { records.map { String(buffer: $0.data) } }
}

/// Runs `body` with a service that has a stream `s` and a consumer `c`.
func withSubscriptions(shards: Int = 1, _ body: (SubscriptionTest) async throws -> Void) async throws {
    let path = try makeTemporaryFolder()
    defer { removeFolder(path) }
    let time = SteppedTime()
    try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
        let store = InterceptedStreamStore(folder.streams)
        let service = KinesisService(store: store, tokenKey: folder.secretKey, time: time, logger: quiet)
        let test = TestService(service: service, store: store, time: ManualTime(), key: folder.secretKey)
        try await test.createStream(shards: shards)
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
        let consumer = try await test.call(RegisterStreamConsumer.self, .init(streamARN: arn, consumerName: "c"))
        try await body(
            SubscriptionTest(test: test, time: time, folder: folder, consumerARN: consumer.consumer.consumerARN)
        )
    }
}
