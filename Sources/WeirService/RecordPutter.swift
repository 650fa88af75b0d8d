import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// The records of a put, checked, with the hash keys that choose their shards.
struct RecordsToPut {
    /// The records. Their shards are chosen when they are put: what they have until then does not count.
    var records: [NewRecord]
    /// The hash key of each.
    let hashKeys: [HashKey]

    /// Bytes of data and partition key of each.
    var sizes: [Int] {
        let records = records.span
        var sizes: [Int] = []
        sizes.reserveCapacity(records.count)
        for index in records.indices { sizes.append(records[index].content.size) }
        return sizes
    }
}

/// What became of a record of a put.
enum PutOutcome {
    case put(shard: ShardID, SequenceNumber)
    /// The throughput of its shard is used up.
    case throttled(shard: ShardID)
    /// No shard would take it, although the shards were looked up again several times, or the store failed.
    case notTaken
}

/// What became of the records of a put.
struct PutReport {
    /// One outcome a record, in their order.
    var outcomes: [PutOutcome]
    /// Whether those that were put are encrypted.
    var isEncrypted = false
    /// The shard-level metrics of the stream that are on; nil where the stream was not looked up.
    var shardMetrics: Set<ShardLevelMetric>?

    /// The `EncryptionType` of the answer; nil, as AWS has it, when nothing is encrypted.
    var encryptionType: String? { isEncrypted ? Record.encryptedType : nil }
}

extension KinesisService {
    /// How often the shards are looked up when one was closed under a record.
    static let maximumPutAttempts = 6

    /// Appends records to the shards that serve their hash keys. When a shard is closed meanwhile by a split or a merge,
    /// its records go to the shards that took its place.
    ///
    /// It takes the records over, so that their shards can be noted without copying them.
    func put(_ batch: consuming RecordsToPut, stream name: String) async throws(ServiceError) -> PutReport {
        let count = batch.records.count
        var report = PutReport(outcomes: [PutOutcome](repeating: .notTaken, count: count))
        var pending = Array(0..<count)
        var attempt = 1
        while true {
            do throws(ServiceError) {
                try await putOnce(&batch, pending, &report, stream: name)
            } catch {
                // What was put before must be told, or the caller puts it again.
                guard pending.count < count else { throw error }
                return report
            }
            pending.removeAll { if case .notTaken = report.outcomes[$0] { false } else { true } }
            guard !pending.isEmpty, attempt < Self.maximumPutAttempts else { return report }
            // The first time the new shards are mostly there already; later a store at a distance gets a moment.
            if attempt > 1 { try? await time.sleep(for: .milliseconds(5 << attempt)) }
            attempt += 1
        }
    }

    /// Appends the pending records to the shards that serve their hash keys now, and notes which were taken.
    private func putOnce(
        _ batch: inout RecordsToPut,
        _ pending: [Int],
        _ report: inout PutReport,
        stream name: String
    ) async throws(ServiceError) {
        let stream = try await streamTakingRecords(name)
        report.isEncrypted = stream.settings.isEncrypted
        report.shardMetrics = stream.settings.shardLevelMetrics
        let turn = stream.settings.distribution == .auto ? Int.random(in: 0..<(1 << 32)) : nil
        var placed: [Int] = []
        placed.reserveCapacity(pending.count)
        for index in pending {
            let hashKey = batch.hashKeys[index]
            let shard = turn.map { stream.openShardID(inTurn: $0 + index) } ?? stream.openShardID(for: hashKey)
            guard let shard else { continue }
            batch.records[index].shard = shard
            placed.append(index)
        }
        let appends = placed.count == batch.records.count ? batch.records : placed.map { batch.records[$0] }
        let results: [AppendResult]
        do throws(ServiceError) {
            results = try await store.append(appends, stream: stream)
        } catch {
            throw streamError(error, name)
        }
        for (place, result) in zip(placed.indices, results) {
            let shard = appends[place].shard
            switch result {
            case .appended(let number): report.outcomes[placed[place]] = .put(shard: shard, number)
            case .throttled: report.outcomes[placed[place]] = .throttled(shard: shard)
            case .shardClosed: continue
            }
        }
    }

    /// The hash key of a record: the explicit one, or that of its partition key.
    func hashKey(explicit: String?, partitionKey: String) throws(ServiceError) -> HashKey {
        guard let explicit else { return HashKey(partitionKey: partitionKey) }
        guard let key = HashKey(explicit) else {
            throw ServiceError(
                .invalidArgument,
                """
                Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. \
                Specified value was \(explicit)
                """
            )
        }
        return key
    }

    /// A stream that is being made or deleted is not found by a put.
    func streamTakingRecords(_ name: String) async throws(ServiceError) -> StreamDescription {
        let stream = try await stream(name)
        guard stream.status == .active || stream.status == .updating else {
            throw ServiceError(.resourceNotFound, "Stream \(name) under account \(account) not found.")
        }
        return stream
    }
}
