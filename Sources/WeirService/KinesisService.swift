import Crypto
import Logging
import NIOCore
import WeirMetrics
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// The Kinesis Data Streams API over a ``StreamStore``: checks a request as AWS does, performs it, and answers.
///
/// It knows nothing of HTTP. Each action has its file in `Actions`.
public struct KinesisService: ActionService {
    public var service: WireService { .kinesis }

    /// The account that owns the streams: twelve digits.
    public let account: String
    /// The region in which the streams say they are.
    public let region: String

    private(set) var store: any StreamStore
    private(set) var queues: (any QueueStore)?
    /// Stands before the store during one call; nil where nobody is asked.
    private(set) var gate: CallGate?
    let tokens: TokenSealer
    let receipts: ReceiptSealer
    let time: any TimeSource
    let logger: Logger
    let subscriptions: SubscriptionRegistry
    let readWaits: ReadWaits
    let meters = StreamMeters()
    let limiter: ThroughputLimiter?

    /// A service over a store.
    ///
    /// - Parameters:
    ///   - store: Holds the streams.
    ///   - queues: Holds the queues; nil where there are none.
    ///   - tokenKey: Authenticates shard iterators, pagination tokens and receipt handles. They are good as long as it stays the same.
    ///   - account: The account that owns the streams: twelve digits.
    ///   - region: The region in which the streams say they are.
    ///   - limits: Which limits on rates are enforced.
    ///   - maximumReadWaitCount: Calls that wait for records at a time, at most.
    ///   - time: By which tokens expire and rates are measured.
    ///   - logger: Gets what an operator should know.
    public init(
        store: any StreamStore,
        queues: (any QueueStore)? = nil,
        tokenKey: SymmetricKey,
        account: String = "000000000000",
        region: String = "us-east-1",
        limits: LimitEnforcement = .off,
        maximumReadWaitCount: Int = Limits.maximumReadWaitCount,
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        self.store = store
        self.queues = queues
        self.tokens = TokenSealer(key: tokenKey)
        receipts = ReceiptSealer(key: tokenKey)
        self.account = account
        self.region = region
        self.time = time
        self.logger = logger
        subscriptions = SubscriptionRegistry(
            minimumInterval: UInt64(Limits.subscriptionIntervalInSeconds) * 1_000_000_000
        )
        readWaits = ReadWaits(maximumCount: maximumReadWaitCount)
        limiter = limits == .aws ? ThroughputLimiter(time: time) : nil
    }

    public func endReplyStreams() {
        subscriptions.stop()
        readWaits.stop()
        queues?.endQueueWaits()
    }

    /// The wall clock.
    var now: Timestamp { Timestamp(millisecondsSinceEpoch: time.wallMilliseconds) }

    public func perform(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        guard call.caller != nil || limiter != nil else { return try await performAction(call) }
        // The service of this one call: its store asks who calls, and how often.
        var service = self
        let gate = CallGate(call, limiter: limiter, account: account, region: region)
        service.gate = gate
        service.store = GatedStreamStore(store: store, gate: gate)
        service.queues = queues.map { GatedQueueStore(store: $0, gate: gate) }
        return try await service.performAction(call)
    }

    private func performAction(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        // The calls of the data plane come first.
        if let body = try await performRecordAction(call) { return .message(body) }
        if let body = try await performQueueRecordAction(call) { return .message(body) }
        if let body = try await performStreamAction(call) { return .message(body) }
        if let body = try await performSettingsAction(call) { return .message(body) }
        if let body = try await performAccountAction(call) { return .message(body) }
        if let body = try await performTagAction(call) { return .message(body) }
        if let body = try await performConsumerAction(call) { return .message(body) }
        if let body = try await performQueueAction(call) { return .message(body) }
        if call.action == SubscribeToShard.name { return .stream(try await subscribeToShard(call)) }
        throw ServiceError(.unknownOperation, "")
    }

    private func performRecordAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        switch call.action {
        case "PutRecords": try await call.answer(putRecords)
        case "PutRecord": try await call.answer(putRecord)
        case "GetRecords":
            try await call.answer { (request) throws(ServiceError) in
                try await getRecords(request, call)
            }
        case "GetShardIterator": try await call.answer(getShardIterator)
        default: nil
        }
    }

    private func performStreamAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        switch call.action {
        case "CreateStream": try await call.answer(createStream)
        case "DeleteStream": try await call.answer(deleteStream)
        case "DescribeStream": try await call.answer(describeStream)
        case "DescribeStreamSummary": try await call.answer(describeStreamSummary)
        case "ListStreams": try await call.answer(listStreams)
        case "ListShards": try await call.answer(listShards)
        case "SplitShard": try await call.answer(splitShard)
        case "MergeShards": try await call.answer(mergeShards)
        case "UpdateShardCount": try await call.answer(updateShardCount)
        case "IncreaseStreamRetentionPeriod": try await call.answer(increaseStreamRetentionPeriod)
        case "DecreaseStreamRetentionPeriod": try await call.answer(decreaseStreamRetentionPeriod)
        default: nil
        }
    }

    private func performSettingsAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        switch call.action {
        case "UpdateStreamMode": try await call.answer(updateStreamMode)
        case "UpdateMaxRecordSize": try await call.answer(updateMaxRecordSize)
        case "StartStreamEncryption": try await call.answer(startStreamEncryption)
        case "StopStreamEncryption": try await call.answer(stopStreamEncryption)
        case "EnableEnhancedMonitoring": try await call.answer(enableEnhancedMonitoring)
        case "DisableEnhancedMonitoring": try await call.answer(disableEnhancedMonitoring)
        case "UpdateStreamWarmThroughput": try await call.answer(updateStreamWarmThroughput)
        case "UpdateStreamRecordDistributionStrategy":
            try await call.answer(updateStreamRecordDistributionStrategy)
        default: nil
        }
    }

    private func performAccountAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        switch call.action {
        case "DescribeLimits": try await call.answer(describeLimits)
        case "DescribeAccountSettings": try await call.answer(describeAccountSettings)
        case "UpdateAccountSettings": try await call.answer(updateAccountSettings)
        case "GetResourcePolicy": try await call.answer(getResourcePolicy)
        case "PutResourcePolicy": try await call.answer(putResourcePolicy)
        case "DeleteResourcePolicy": try await call.answer(deleteResourcePolicy)
        default: nil
        }
    }

    private func performTagAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        switch call.action {
        case "AddTagsToStream": try await call.answer(addTagsToStream)
        case "RemoveTagsFromStream": try await call.answer(removeTagsFromStream)
        case "ListTagsForStream": try await call.answer(listTagsForStream)
        case "TagResource": try await call.answer(tagResource)
        case "UntagResource": try await call.answer(untagResource)
        case "ListTagsForResource": try await call.answer(listTagsForResource)
        default: nil
        }
    }

    private func performConsumerAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        switch call.action {
        case "RegisterStreamConsumer": try await call.answer(registerStreamConsumer)
        case "DeregisterStreamConsumer": try await call.answer(deregisterStreamConsumer)
        case "DescribeStreamConsumer": try await call.answer(describeStreamConsumer)
        case "ListStreamConsumers": try await call.answer(listStreamConsumers)
        default: nil
        }
    }
}
