import NIOCore
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// A record of a put, checked, with the hash key that chooses its shard.
struct RecordToPut {
    var partitionKey: String
    var hashKey: HashKey
    var data: ByteBuffer
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
    func put(_ records: [RecordToPut], stream name: String) async throws(ServiceError) -> PutReport {
        var report = PutReport(outcomes: [PutOutcome](repeating: .notTaken, count: records.count))
        var pending = Array(records.indices)
        var attempt = 1
        while true {
            do throws(ServiceError) {
                try await putOnce(records, pending, &report, stream: name)
            } catch {
                // What was put before must be told, or the caller puts it again.
                guard pending.count < records.count else { throw error }
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
        _ records: [RecordToPut],
        _ pending: [Int],
        _ report: inout PutReport,
        stream name: String
    ) async throws(ServiceError) {
        let stream = try await streamTakingRecords(name)
        report.isEncrypted = stream.settings.isEncrypted
        report.shardMetrics = stream.settings.shardLevelMetrics
        let turn = stream.settings.distribution == .auto ? Int.random(in: 0..<(1 << 32)) : nil
        var placed: [Int] = []
        var appends: [NewRecord] = []
        placed.reserveCapacity(pending.count)
        appends.reserveCapacity(pending.count)
        for index in pending {
            let record = records[index]
            let shard = turn.map { stream.openShardID(inTurn: $0 + index) } ?? stream.openShardID(for: record.hashKey)
            guard let shard else { continue }
            appends.append(NewRecord(shard: shard, partitionKey: record.partitionKey, data: record.data))
            placed.append(index)
        }
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
