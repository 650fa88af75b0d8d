import Logging
import NIOCore
import Synchronization
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

    /// What was prepared before and not committed, by this worker or another one, of Weir or of the KCL; nil: nothing.
    ///
    /// The shard is read from the checkpoint, not from here: records between the two come again. Who finds that they have
    /// taken effect all the same commits it in ``RecordProcessor/initialize(_:)``: then reading begins after it.
    public let pendingCheckpoint: PreparedCheckpoint?

    let checkpointer: Checkpointer

    /// Moves the checkpoint to a record: it and all before it are not read again after a restart or by another worker.
    ///
    /// With automatic checkpoints there is no need for it. Returns when the checkpoint is durable. Throws
    /// ``CheckpointError`` when the lease was lost, or when the handler was cancelled because a shutdown took too long.
    public func checkpoint(at record: ConsumerRecord) async throws(CheckpointError) {
        try await checkpointer.move(to: record.checkpoint, of: shardID)
    }

    /// The first half of a checkpoint in two phases: notes in the lease where the checkpoint is to go, and a state, without
    /// moving it.
    ///
    /// Returns when that is durable. Then do what is to be done once, and ``PreparedCheckpoint/commit()``. If the worker
    /// dies in between, the next one finds it as ``pendingCheckpoint``, and by the state whether it was done.
    ///
    /// A lease holds one: another call takes its place. It goes when the checkpoint comes to it or passes it, so use manual
    /// checkpoints (``CheckpointPolicy/manual``): automatic ones pass it with the end of the fetch.
    ///
    /// - Parameter state: 64 KiB at most. Each look of a worker at the lease table reads it: keep it small.
    ///
    /// Throws ``CheckpointError`` as ``checkpoint(at:)`` does, and when the state is too large.
    public func prepareCheckpoint(
        at record: ConsumerRecord,
        state: ByteBuffer? = nil
    ) async throws(CheckpointError) -> PreparedCheckpoint {
        guard (state?.readableBytes ?? 0) <= Limits.maximumCheckpointStateSizeInBytes else {
            throw CheckpointError(shardID: shardID, reason: .stateTooLarge)
        }
        let pending = PendingCheckpoint(record.checkpoint, state: state.map { Array(buffer: $0) })
        guard await checkpointer.prepare(pending) else { throw CheckpointError(shardID: shardID, reason: .leaseLost) }
        return PreparedCheckpoint(pending, shardID: shardID, checkpointer: checkpointer)
    }
}

/// The first half of a checkpoint in two phases, made by ``ShardContext/prepareCheckpoint(at:state:)``.
public struct PreparedCheckpoint: Sendable {
    /// Where the checkpoint is to go. A worker of the KCL may have prepared the end of the shard.
    public let checkpoint: LeaseCheckpoint
    /// What was noted with it.
    public let state: ByteBuffer?

    private let shardID: String
    private let checkpointer: Checkpointer

    init(_ pending: PendingCheckpoint, shardID: String, checkpointer: Checkpointer) {
        checkpoint = pending.checkpoint
        state = pending.state.map { ByteBuffer(bytes: $0) }
        self.shardID = shardID
        self.checkpointer = checkpointer
    }

    /// The second half: moves the checkpoint there, unless it is further on already. The lease forgets what was prepared.
    ///
    /// Returns when that is durable; throws ``CheckpointError`` as ``ShardContext/checkpoint(at:)`` does. The end of a shard is
    /// committed by nothing but reading to it: then this does nothing.
    public func commit() async throws(CheckpointError) {
        guard checkpoint != .shardEnd else { return }
        try await checkpointer.move(to: checkpoint, of: shardID)
    }
}

/// A checkpoint could not be moved or prepared.
public struct CheckpointError: Error, Hashable, CustomStringConvertible {
    /// Why not.
    public enum Reason: Hashable, Sendable {
        /// Another worker holds the shard's lease, or may, or the handler was cancelled when a shutdown took too long.
        case leaseLost
        /// The state of a prepared checkpoint has more than 64 KiB.
        case stateTooLarge
    }

    /// The shard.
    public let shardID: String
    /// Why not.
    public let reason: Reason

    public var description: String {
        switch reason {
        case .leaseLost: "The worker gave \(shardID) up before the checkpoint could be moved"
        case .stateTooLarge:
            "The state of a prepared checkpoint may have \(Limits.maximumCheckpointStateSizeInBytes) bytes: \(shardID)"
        }
    }
}

/// Moves the checkpoint of one shard, through the lease machine.
final class Checkpointer: Sendable {
    private let control: ConsumerControl
    private let move: @Sendable (LeaseCheckpoint) async -> Bool
    private let note: @Sendable (PendingCheckpoint) async -> Bool
    private let newest = Mutex<LeaseCheckpoint?>(nil)

    init(
        control: ConsumerControl,
        move: @escaping @Sendable (LeaseCheckpoint) async -> Bool,
        prepare: @escaping @Sendable (PendingCheckpoint) async -> Bool
    ) {
        self.control = control
        self.move = move
        note = prepare
    }

    /// The last checkpoint that was moved here; nil when none was.
    var checkpoint: LeaseCheckpoint? { newest.withLock { $0 } }

    /// False when the lease was lost.
    func checkpoint(_ checkpoint: LeaseCheckpoint) async -> Bool {
        guard await move(checkpoint) else { return false }
        newest.withLock { $0 = max($0 ?? checkpoint, checkpoint) }
        return true
    }

    /// The same for a handler, which has no say any more once it was cancelled.
    func move(to checkpoint: LeaseCheckpoint, of shardID: String) async throws(CheckpointError) {
        guard !control.isCancelled, await self.checkpoint(checkpoint) else {
            throw CheckpointError(shardID: shardID, reason: .leaseLost)
        }
    }

    /// False when the lease was lost, or the handler was cancelled.
    func prepare(_ pending: PendingCheckpoint) async -> Bool {
        guard !control.isCancelled else { return false }
        return await note(pending)
    }
}
