import WeirLog
import WeirModel

extension LiveStream {
    /// What has aged out of the stream leaves its queues, and shards that are not listed any more.
    func trimQueues(at horizon: Timestamp) async throws(ServiceError) {
        guard queues.count > 0 else { return }
        let shards = description.shards.map(\.id.number)
        // Records arrive in the order of their indexes, over all shards.
        var first = log.nextIndex
        do throws(LogError) {
            for shard in shards {
                let kept = try await log.firstIndex(lane: shard, atOrAfter: horizon.millisecondsSinceEpoch)
                first = min(first, kept)
            }
        } catch {
            throw serviceError(error)
        }
        for queue in queues.all {
            let (now, first) = (queue.now, first)
            try await queue.finish(queue.journal.begin { ($0.trim(below: first, at: now), .nothing, ()) })
            try await queue.finish(queue.journal.begin { ($0.keep(shards: Set(shards), at: now), .nothing, ()) })
        }
    }
}
