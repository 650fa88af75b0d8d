import NIOCore
import WeirModel
import WeirRuntime
import WeirStore

/// A record of a put, checked, with the hash key that chooses its shard.
struct RecordToPut {
    var partitionKey: String
    var hashKey: HashKey
    var data: ByteBuffer
}

/// What became of a record of a put.
enum PutOutcome {
    case put(shard: ShardID, SequenceNumber)
    /// No shard would take it, although the shards were looked up again several times, or the store failed.
    case notTaken
}

extension KinesisService {
    /// How often the shards are looked up when one was closed under a record.
    static let maximumPutAttempts = 6

    /// Appends records to the shards that serve their hash keys. When a shard is closed meanwhile by a split or a merge,
    /// its records go to the shards that took its place.
    func put(_ records: [RecordToPut], stream name: String) async throws(ServiceError) -> [PutOutcome] {
        var outcomes = [PutOutcome](repeating: .notTaken, count: records.count)
        var pending = Array(records.indices)
        var attempt = 1
        while true {
            do throws(ServiceError) {
                try await putOnce(records, pending, &outcomes, stream: name)
            } catch {
                // What was put before must be told, or the caller puts it again.
                guard pending.count < records.count else { throw error }
                return outcomes
            }
            pending.removeAll { if case .put = outcomes[$0] { true } else { false } }
            guard !pending.isEmpty, attempt < Self.maximumPutAttempts else { return outcomes }
            // The first time the new shards are mostly there already; later a store at a distance gets a moment.
            if attempt > 1 { try? await time.sleep(for: .milliseconds(5 << attempt)) }
            attempt += 1
        }
    }

    /// Appends the pending records to the shards that serve their hash keys now, and notes which were taken.
    private func putOnce(
        _ records: [RecordToPut],
        _ pending: [Int],
        _ outcomes: inout [PutOutcome],
        stream name: String
    ) async throws(ServiceError) {
        let stream = try await streamTakingRecords(name)
        var placed: [Int] = []
        var appends: [NewRecord] = []
        placed.reserveCapacity(pending.count)
        appends.reserveCapacity(pending.count)
        for index in pending {
            guard let shard = stream.openShard(for: records[index].hashKey) else { continue }
            let record = records[index]
            appends.append(NewRecord(shard: shard.id, partitionKey: record.partitionKey, data: record.data))
            placed.append(index)
        }
        let results: [AppendResult]
        do throws(ServiceError) {
            results = try await store.append(appends, stream: stream)
        } catch {
            throw streamError(error, name)
        }
        for (place, result) in zip(placed.indices, results) {
            guard case .appended(let number) = result else { continue }
            outcomes[placed[place]] = .put(shard: appends[place].shard, number)
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
    private func streamTakingRecords(_ name: String) async throws(ServiceError) -> StreamDescription {
        let stream = try await stream(name)
        guard stream.status == .active || stream.status == .updating else {
            throw ServiceError(.resourceNotFound, "Stream \(name) under account \(account) not found.")
        }
        return stream
    }
}
