import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// How long deliveries took.
struct DeliveryLatency: Sendable {
    /// Since the records were due to be put.
    var sincePut = LatencyHistogram()
    /// Since the puts were acknowledged, where that is known.
    var sinceAcknowledgement: LatencyHistogram?

    mutating func add(_ other: DeliveryLatency) {
        sincePut.add(other.sincePut)
        guard let more = other.sinceAcknowledgement else { return }
        sinceAcknowledgement?.add(more)
    }
}

/// When the puts of a measurement were acknowledged, by when they were due: what a record carries.
final class AcknowledgementTimes: Sendable {
    private let times = Mutex<[UInt64: UInt64]>([:])

    /// Notes that a put that was due at one time was acknowledged at another.
    func note(_ time: UInt64, ofPutAt begun: UInt64) { times.withLock { $0[begun] = time } }

    /// How long after the acknowledgement a time is; 0 when it is not there yet, or came later.
    func delay(at time: UInt64, ofPutAt begun: UInt64) -> UInt64 {
        guard let acknowledged = times.withLock({ $0[begun] }), acknowledged < time else { return 0 }
        return time - acknowledged
    }
}

/// Consumers that get by SubscribeToShard what a measurement puts, and note how long each record took.
struct BenchFanOut: Sendable {
    let target: BenchTarget
    let acknowledgements: AcknowledgementTimes
    let time: SystemTime

    /// How long after the last acknowledgement is waited for records that have not come.
    private static let patience: UInt64 = 10_000_000_000

    /// Runs the load while consumers are subscribed to all shards, until they have all that was taken. Throws when records
    /// do not come.
    func measure(
        consumers: Int,
        _ progress: BenchProgress,
        load: @escaping @Sendable () async throws -> LatencyHistogram
    ) async throws -> (LatencyHistogram, DeliveryLatency?) {
        let shards = try await target.kinesis.call(ListShards.self, .init(streamName: target.stream)).shards
        let received = BenchProgress(isTold: false)
        return try await withThrowingTaskGroup(of: DeliveryLatency.self) { group in
            for consumer in 0..<consumers {
                let arn = try await register("weir-bench-\(consumer)")
                // Everything that is put from here on is told.
                for shard in shards {
                    let events = try await subscribe(arn, shard.shardID, .latest)
                    group.addTask { try await read(events, arn, shard.shardID, received) }
                }
            }
            let latency = try await load()
            let wanted = progress.recordCount * consumers
            let deadline = time.monotonicNanoseconds + Self.patience
            while received.recordCount < wanted, time.monotonicNanoseconds < deadline {
                try await time.sleep(for: .milliseconds(5))
            }
            group.cancelAll()
            var delivery = DeliveryLatency(sinceAcknowledgement: LatencyHistogram())
            for try await part in group { delivery.add(part) }
            guard received.recordCount >= wanted else {
                throw CommandFailure("\(wanted) records were to be delivered, and \(received.recordCount) were")
            }
            return (latency, delivery)
        }
    }

    /// Registers a consumer and waits until it can subscribe.
    private func register(_ name: String) async throws -> String {
        let stream = try await target.kinesis.describeStreamSummary(target.stream)
        let arn = try await target.kinesis.registerStreamConsumer(name, streamARN: stream.streamARN).consumerARN
        while try await target.kinesis.describeStreamConsumer(arn: arn).consumerStatus != "ACTIVE" {
            try await time.sleep(for: .milliseconds(200))
        }
        return arn
    }

    private func subscribe(
        _ arn: String,
        _ shard: String,
        _ position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription {
        try await target.kinesis.subscribeToShard(consumerARN: arn, shardID: shard, position: position)
    }

    /// Reads a shard until the task is cancelled, subscribing again whenever the subscription has ended.
    private func read(
        _ first: ShardSubscription,
        _ arn: String,
        _ shard: String,
        _ received: BenchProgress
    ) async throws -> DeliveryLatency {
        var latency = DeliveryLatency(sinceAcknowledgement: LatencyHistogram())
        var subscription = first
        do throws(ServiceError) {
            while true {
                var next: String?
                for try await event in subscription {
                    note(event, in: &latency)
                    received.taken(event.records.count)
                    next = event.continuationSequenceNumber
                }
                guard let next else { return latency }
                subscription = try await subscribe(arn, shard, .afterSequenceNumber(next))
            }
        } catch {
            guard error.code == .cancelled else { throw error }
            return latency
        }
    }

    private func note(_ event: SubscribeToShardEvent, in latency: inout DeliveryLatency) {
        let now = time.monotonicNanoseconds
        for record in event.records {
            guard let begun = BenchRecord.begun(record.data), begun <= now else { continue }
            latency.sincePut.record(nanoseconds: now - begun)
            latency.sinceAcknowledgement?.record(nanoseconds: acknowledgements.delay(at: now, ofPutAt: begun))
        }
    }
}
