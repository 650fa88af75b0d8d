import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// Consumers that read what a measurement puts, and note how long after it was due each record came.
struct BenchConsumption: Sendable {
    let target: BenchTarget
    let pollInterval: Duration
    let time: SystemTime

    /// Runs the load while consumers read, until they have read what was taken. Gives what the load gives, and how long
    /// deliveries took when there are consumers.
    func measure(
        consumers: Int,
        _ progress: BenchProgress,
        load: @escaping @Sendable () async throws -> LatencyHistogram
    ) async throws -> (LatencyHistogram, DeliveryLatency?) {
        guard consumers > 0 else { return (try await load(), nil) }
        let shards = try await target.kinesis.call(ListShards.self, .init(streamName: target.stream)).shards
        let isDone = OneTimeFlag()
        return try await withThrowingTaskGroup(of: LatencyHistogram?.self) { group in
            // Everything that is put from here on is behind these places.
            for shard in shards {
                for _ in 0..<consumers {
                    let iterator = try await target.kinesis.call(
                        GetShardIterator.self,
                        .init(
                            streamName: target.stream,
                            shardID: shard.shardID,
                            shardIteratorType: "LATEST"
                        )
                    ).shardIterator
                    group.addTask { try await read(from: iterator, until: isDone) }
                }
            }
            let latency: LatencyHistogram
            do {
                latency = try await load()
            } catch {
                isDone.set()
                throw error
            }
            isDone.set()
            var delivery = LatencyHistogram()
            for try await part in group { part.map { delivery.add($0) } }
            return (latency, DeliveryLatency(sincePut: delivery))
        }
    }

    /// Reads a shard until the load is done and the tip is reached.
    private func read(from iterator: String?, until isDone: OneTimeFlag) async throws -> LatencyHistogram {
        var latencies = LatencyHistogram()
        var next = iterator
        while let iterator = next {
            // Asked before the read: what was put before is read by it.
            let wasDone = isDone.isSet
            let answer: GetRecords.Response
            do throws(ServiceError) {
                answer = try await target.kinesis.call(GetRecords.self, .init(shardIterator: iterator))
            } catch {
                guard error.isRetryable else { throw error }
                try await time.sleep(for: pollInterval)
                continue
            }
            let now = time.monotonicNanoseconds
            for record in answer.records {
                if let begun = BenchRecord.begun(record.data), begun <= now {
                    latencies.record(nanoseconds: now - begun)
                }
            }
            next = answer.nextShardIterator
            if answer.records.isEmpty, answer.millisBehindLatest ?? 0 == 0 {
                if wasDone { return latencies }
                try await time.sleep(for: pollInterval)
            }
        }
        return latencies
    }
}
