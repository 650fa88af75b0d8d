import NIOCore
import WeirMetrics
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// Subscribes a consumer to a shard: the answer is a stream of events.
    func subscribeToShard(_ call: ActionCall) async throws(ServiceError) -> ShardSubscription {
        let request = try SubscribeToShard.Request(wire: call.body.take(), format: call.format)
        try validate(request)
        let arn = request.consumerARN ?? ""
        let found = try await consumer(arn: arn)
        let stream = found.stream
        guard found.consumer.status == .active else { throw consumerNotActive(found) }
        let shard = try shardID(request.shardID ?? "", stream: stream.name)
        let start = try await position(
            ShardStartRequest(
                action: SubscribeToShard.name,
                type: request.startingPosition?.type ?? "",
                sequenceNumber: request.startingPosition?.sequenceNumber,
                timestamp: request.startingPosition?.timestamp
            ),
            shard: shard,
            stream: stream
        )
        let key = SubscriptionRegistry.Key(streamID: stream.id, consumer: found.consumer.id, shard: shard)
        if request.isDryRun == true, !subscriptions.wouldBegin(key, at: time.monotonicNanoseconds) {
            throw otherSubscription(key, found)
        }
        try endDryRun(request.isDryRun)
        let subscription = try begin(key, found, from: start, call)
        // One that was deregistered before the subscription had its place did not end it.
        do throws(ServiceError) {
            let again = try await consumer(arn: arn)
            guard again.consumer.status == .active else { throw consumerNotActive(again) }
        } catch {
            subscription.cancel()
            throw error
        }
        meters.meter(of: stream.name).countSubscription(found.consumer.name, isRefused: false)
        return subscription
    }

    private func validate(_ request: SubscribeToShard.Request) throws(ServiceError) {
        var validator = Validator()
        validator.require("consumerARN", request.consumerARN != nil)
        validator.consumerARN(request.consumerARN)
        validator.streamID(request.streamID)
        validator.shard("shardId", request.shardID)
        validator.require("startingPosition", request.startingPosition != nil)
        if let position = request.startingPosition {
            validator.require("startingPosition.type", position.type != nil)
            validator.choice("startingPosition.type", position.type, of: ShardStartRequest.types)
            validator.text("startingPosition.sequenceNumber", position.sequenceNumber, pattern: .sequenceNumber)
        }
        try validator.finish()
    }

    private func begin(
        _ key: SubscriptionRegistry.Key,
        _ found: StreamConsumer,
        from start: ShardPosition,
        _ call: ActionCall
    ) throws(ServiceError) -> ShardSubscription {
        let now = time.monotonicNanoseconds
        let end = SubscriptionRegistry.End()
        let meter = meters.meter(of: found.stream.name)
        switch subscriptions.begin(key, end, at: now) {
        case .tooSoon:
            meter.countSubscription(found.consumer.name, isRefused: true)
            throw otherSubscription(key, found)
        case .stopped: throw stopping
        case .begun(let number, _):
            let machine = SubscriptionStateMachine(
                from: start,
                at: now,
                limits: .init(
                    lifetime: UInt64(Limits.subscriptionLifetimeInSeconds) * 1_000_000_000,
                    heartbeat: UInt64(Limits.subscriptionHeartbeatInSeconds) * 1_000_000_000
                ),
                takenOver: otherSubscription(key, found),
                consumerNotFound: consumerNotFound(arn(of: found.consumer, stream: found.stream.name))
            )
            return ShardSubscription(
                .init(
                    store: store,
                    time: time,
                    stream: found.stream,
                    shard: key.shard,
                    format: call.format,
                    replies: call.replyMemory,
                    count: { [time] read in
                        meter.countEvent(read, of: found.consumer.name, at: time.monotonicNanoseconds)
                    }
                ),
                machine: machine,
                end: end,
                leave: { [subscriptions] in subscriptions.end(key, number: number) }
            )
        }
    }

    private var stopping: ServiceError { ServiceError(.serviceUnavailable, "The server is shutting down.") }

    private func otherSubscription(_ key: SubscriptionRegistry.Key, _ found: StreamConsumer) -> ServiceError {
        ServiceError(
            .resourceInUse,
            """
            Another active subscription exists for this consumer: \
            \(account):\(found.stream.name):\(key.shard):\(found.consumer.name)
            """
        )
    }

    private func consumerNotActive(_ found: StreamConsumer) -> ServiceError {
        ServiceError(
            .resourceInUse,
            """
            Consumer \(found.consumer.name) with creation timestamp \(found.consumer.creationSecond) under stream: \
            \(found.stream.name) , account \(account) is not in ACTIVE status.
            """
        )
    }
}
