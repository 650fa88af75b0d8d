import Synchronization
import WeirClient
import WeirModel
import WeirWire

extension MemoryKinesis {
    /// Registered consumers and their subscriptions.
    struct FanOut {
        var consumers: [String: ConsumerDescriptionShape] = [:]
        var subscriptions: [Int: Iterator] = [:]
        /// The subscription of each consumer to each shard that counts: the last one.
        var current: [[String]: Int] = [:]
        var count = 0
        /// How many subscriptions are to be refused as coming too soon.
        var refusals = 0

        static func streamARN(_ stream: String) -> String { "arn:aws:kinesis:us-east-1:000000000000:stream/\(stream)" }

        mutating func perform(_ request: any Sendable) throws(ServiceError) -> any Sendable {
            switch request {
            case let request as RegisterStreamConsumer.Request:
                let arn = "\(request.streamARN ?? "")/consumer/\(request.consumerName ?? ""):1"
                guard consumers[arn] == nil else { throw ServiceError(.resourceInUse, "Consumer \(arn) exists") }
                let consumer = ConsumerDescriptionShape(
                    consumerName: request.consumerName ?? "",
                    consumerARN: arn,
                    consumerStatus: "CREATING",
                    consumerCreationTimestamp: Timestamp(millisecondsSinceEpoch: 0),
                    streamARN: request.streamARN ?? ""
                )
                consumers[arn] = consumer
                return RegisterStreamConsumer.Response(
                    consumer: Consumer(
                        consumerName: consumer.consumerName,
                        consumerARN: arn,
                        consumerStatus: consumer.consumerStatus,
                        consumerCreationTimestamp: consumer.consumerCreationTimestamp
                    )
                )
            case let request as DescribeStreamConsumer.Request:
                let arn = request.consumerARN ?? "\(request.streamARN ?? "")/consumer/\(request.consumerName ?? ""):1"
                guard let consumer = consumers[arn] else {
                    throw ServiceError(.resourceNotFound, "Consumer \(arn) not found.")
                }
                // Whoever looks again finds it active.
                consumers[arn]?.consumerStatus = "ACTIVE"
                return DescribeStreamConsumer.Response(consumerDescription: consumer)
            default: throw ServiceError(.unknownOperation, "\(type(of: request))")
            }
        }
    }

    // MARK: What tests do

    /// The names of the registered consumers.
    public var consumerNames: [String] { state.withLock { $0.fanOut.consumers.values.map(\.consumerName).sorted() } }

    /// How many subscriptions were taken so far.
    public var subscriptionCount: Int { state.withLock(\.fanOut.count) }

    /// How many records of its shard the subscription that came furthest has given.
    public var furthestSubscription: Int { state.withLock { $0.fanOut.subscriptions.values.map(\.index).max() ?? 0 } }

    /// Deregisters all consumers, which ends their subscriptions with an error.
    public func deregisterConsumers() {
        state.withLock { state in
            state.fanOut.consumers = [:]
            state.fanOut.current = [:]
        }
    }

    /// Ends all subscriptions, as the service does after five minutes.
    public func endSubscriptions() { state.withLock { $0.fanOut.subscriptions = [:] } }

    /// Refuses so many subscriptions from now on, as if they came too soon.
    public func refuseSubscriptions(_ count: Int) { state.withLock { $0.fanOut.refusals = count } }

    // MARK: The service

    public func subscribeToShard(
        consumerARN: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription {
        if Task.isCancelled { throw ServiceError(.cancelled, "") }
        let number = try state.withLock { state throws(ServiceError) -> Int in
            if let error = state.failure?(SubscribeToShard.name) { throw error }
            guard let consumer = state.fanOut.consumers[consumerARN] else {
                throw ServiceError(.resourceNotFound, "Consumer \(consumerARN) not found.")
            }
            guard consumer.consumerStatus == "ACTIVE", state.fanOut.refusals == 0 else {
                state.fanOut.refusals = max(state.fanOut.refusals - 1, 0)
                throw ServiceError(.resourceInUse, "Another active subscription exists for this consumer.")
            }
            let stream = String(consumer.streamARN.drop { $0 != "/" }.dropFirst())
            let iterator = try Self.iterator(stream, shardID, position, state)
            state.fanOut.count += 1
            state.fanOut.subscriptions[state.fanOut.count] = iterator
            state.fanOut.current[[consumerARN, shardID]] = state.fanOut.count
            return state.fanOut.count
        }
        return ShardSubscription { [self] () async throws(ServiceError) in
            try await nextEvent(of: number, [consumerARN, shardID])
        }
    }

    private func nextEvent(of number: Int, _ key: [String]) async throws(ServiceError) -> SubscribeToShardEvent? {
        while true {
            let (event, isOver) = try state.withLock { state throws(ServiceError) in
                try Self.event(number, key, &state)
            }
            if event != nil || isOver { return event }
            do {
                try await Task.sleep(for: .milliseconds(1))
            } catch {
                throw ServiceError(.cancelled, "")
            }
        }
    }

    /// What there is of a subscription, and whether it is over.
    private static func event(
        _ number: Int,
        _ key: [String],
        _ state: inout State
    ) throws(ServiceError) -> (SubscribeToShardEvent?, Bool) {
        guard state.fanOut.consumers[key[0]] != nil else {
            throw ServiceError(.resourceNotFound, "The consumer was deregistered.")
        }
        guard state.fanOut.current[key] == number else {
            throw ServiceError(.resourceInUse, "The consumer subscribed to the shard again.")
        }
        guard var iterator = state.fanOut.subscriptions[number] else { return (nil, true) }
        let (records, isEnd, isTip) = try read(&iterator, limit: 7, state)
        guard !records.isEmpty || isEnd else { return (nil, false) }
        state.fanOut.subscriptions[number] = iterator
        let event = SubscribeToShardEvent(
            records: RecordList(records),
            continuationSequenceNumber: isEnd ? nil : records.last?.sequenceNumber,
            millisBehindLatest: isTip ? 0 : 1000,
            childShards: isEnd ? try children(of: iterator, state) : nil
        )
        return (event, isEnd)
    }
}
