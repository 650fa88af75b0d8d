import Logging
import WeirLeases
import WeirModel

/// What a handler knows of the shard whose records it gets.
public struct ShardContext: Sendable {
    /// The application.
    public let applicationName: String
    /// The stream, as the configuration names it: by its name or its ARN.
    public let streamName: String
    /// The shard. Shards of several streams may have the same ID.
    public let shardID: String
    /// The key of the shard's lease, which no other shard of the application has. In an application of one stream it is the
    /// shard's ID.
    public let leaseKey: String
    /// This worker.
    public let workerID: String
    /// A logger with the names above as metadata.
    public let logger: Logger

    let checkpointer: Checkpointer

    /// Moves the checkpoint to a record: it and all before it are not read again after a restart or by another worker.
    ///
    /// With automatic checkpoints there is no need for it. Returns when the checkpoint is durable. Throws
    /// ``CheckpointError`` when the lease was lost, or when the handler was cancelled because a shutdown took too long.
    public func checkpoint(at record: ConsumerRecord) async throws(CheckpointError) {
        guard !checkpointer.control.isCancelled, await checkpointer.checkpoint(record.checkpoint) else {
            throw CheckpointError(shardID: shardID)
        }
    }
}

/// A checkpoint could not be moved, because another worker holds the shard's lease, or may, or because the handler was
/// cancelled when a shutdown took too long.
public struct CheckpointError: Error, Hashable, CustomStringConvertible {
    /// The shard.
    public let shardID: String

    public var description: String { "The worker gave \(shardID) up before the checkpoint could be moved" }
}

/// Moves the checkpoint of one shard, through the lease machine.
struct Checkpointer: Sendable {
    let control: ConsumerControl
    let move: @Sendable (LeaseCheckpoint) async -> Bool

    /// False when the lease was lost.
    func checkpoint(_ checkpoint: LeaseCheckpoint) async -> Bool { await move(checkpoint) }
}
