import WeirClient
import WeirLeases
import WeirModel
import WeirWire

/// Reads one shard by SubscribeToShard, from a checkpoint on.
///
/// The service ends a subscription after five minutes; then, and after errors, it subscribes again where the last event
/// ended. Events are taken from the connection as they are asked for: a handler that is slow holds the service back.
struct FanOutReader: ShardSource {
    let pauseAtTip: Duration? = nil

    private let shardID: String
    private let kinesis: any KinesisCalling
    private let consumer: FanOutConsumer
    /// The time that LATEST or AT_TIMESTAMP stands for.
    private let initialTimestamp: Timestamp?
    private var position: ReadPosition
    /// Where the last event ended.
    private var continuation: String?
    private var events: ShardSubscription.AsyncIterator?

    init(lease: Lease, deaggregation: Deaggregation, kinesis: any KinesisCalling, consumer: FanOutConsumer) {
        shardID = lease.shardID
        self.kinesis = kinesis
        self.consumer = consumer
        initialTimestamp = lease.initialTimestamp
        position = ReadPosition(lease: lease, deaggregation: deaggregation)
    }

    /// The next event's records; none now and then, so that it is seen that the subscription lives.
    mutating func fetch() async throws(ServiceError) -> ShardPage {
        while true {
            var current: ShardSubscription.AsyncIterator
            if let events { current = events } else { current = try await subscribe().makeAsyncIterator() }
            // Let go unless it gives an event.
            events = nil
            guard let event = try await current.next() else { continue }
            events = current
            return page(event)
        }
    }

    private mutating func page(_ event: SubscribeToShardEvent) -> ShardPage {
        let isEnd = event.continuationSequenceNumber == nil
        if isEnd { events = nil }
        continuation = event.continuationSequenceNumber ?? continuation
        return ShardPage(
            position.pass(event.records),
            millisBehindLatest: event.millisBehindLatest,
            isEnd: isEnd,
            children: event.childShards ?? []
        )
    }

    private func subscribe() async throws(ServiceError) -> ShardSubscription {
        let arn = try await consumer.arn()
        do throws(ServiceError) {
            return try await kinesis.subscribeToShard(consumerARN: arn, shardID: shardID, position: startingPosition)
        } catch  where position.checkpoint == .latest && error.code == .invalidArgument {
            // By the service's clock the time is still to come: the clock of the worker that fixed it is ahead. All
            // records that are there now came before it.
            return try await kinesis.subscribeToShard(consumerARN: arn, shardID: shardID, position: .latest)
        } catch {
            // It may be the consumer that is not there any more.
            if error.code == .resourceNotFound { consumer.forget(arn) }
            throw error
        }
    }

    private var startingPosition: StartingPosition {
        if let continuation { return .afterSequenceNumber(continuation) }
        switch position.checkpoint {
        case .trimHorizon, .shardEnd: return .trimHorizon
        case .latest, .atTimestamp: return initialTimestamp.map { .atTimestamp($0) } ?? .trimHorizon
        case .sequenceNumber(let number, _): return .atSequenceNumber(number)
        }
    }
}
