import WeirLog
import WeirModel

extension LiveStream {
    /// Waits until a read of the shard from a place would give a record or the end, or would throw; or until the task is
    /// cancelled.
    func waitForRecords(from position: ShardPosition, shard id: ShardID) async throws(ServiceError) {
        try await watch.wait(for: id) { () throws(ServiceError) in
            switch withMachine({ $0.readView(id, at: now) }) {
            case .shard(let shard, _):
                return !shard.isOpen || !log.isAtTip(lane: id.number, from: position.index)
            case .agedOut: return true
            case .unknown: throw errors.shardDoesNotExist(id, stream: name)
            case .streamDeleted: throw errors.streamNotFound(name)
            }
        }
    }
}
