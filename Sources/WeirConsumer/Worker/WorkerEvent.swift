import WeirLeases
import WeirModel

/// Something that happened in a worker, for those who watch it.
///
/// In an application of several streams `shardID` is the key of the shard's lease, `account:stream:epoch:shard`.
public enum WorkerEvent: Hashable, Sendable {
    /// The worker knows the shards, or begins to look for them in its several streams, and takes leases from now on.
    case started
    /// It holds a shard's lease now; `from` is the worker before, nil when nobody held it.
    case leaseTaken(shardID: String, from: String?, how: LeaseReport.Taking)
    /// It lost a lease that it did not give up.
    case leaseLost(shardID: String, reason: LeaseReport.Loss)
    /// It gave a lease up, for anyone.
    case leaseReleased(shardID: String)
    /// It gave a lease to the worker that asked for it.
    case leaseHandedOver(shardID: String, to: String)
    /// It asked another worker for a lease.
    case leaseRequested(shardID: String, from: String)
    /// It reads a shard, from this checkpoint.
    case shardStarted(shardID: String, checkpoint: LeaseCheckpoint)
    /// All records of a shard were processed; these shards go on.
    case shardEnded(shardID: String, children: [String])
    /// The failure policy said to stop the shard.
    case shardHalted(shardID: String, sequenceNumber: String, error: String)
    /// The checkpoint is at least there, durably.
    case checkpointed(shardID: String, LeaseCheckpoint)
    /// The handler's prepared checkpoint is in the lease table, durably, or the checkpoint has passed it.
    case checkpointPrepared(shardID: String, LeaseCheckpoint)
    /// The handler failed.
    case recordFailed(shardID: String, sequenceNumber: String, attempt: Int, error: String)
    /// A record was put to the dead letters.
    case deadLettered(DeadLetter)
    /// A record was given up and skipped.
    case recordSkipped(shardID: String, sequenceNumber: String, error: String)
    /// Records after the checkpoint aged out before they were read; reading goes on at `next`, nil when the whole shard
    /// aged out.
    case positionExpired(shardID: String, checkpoint: LeaseCheckpoint, next: String?)
    /// The stream does not exist any more. The worker keeps its leases and tries again.
    case streamMissing(shardID: String)
    /// In an application of several streams: a stream is read now.
    case streamAdded(stream: String)
    /// A stream is not among those to read any more: its shards are given up.
    case streamRemoved(stream: String)
    /// A stream cannot be read, since it does not exist, may not be described, or for another reason. It is tried again;
    /// told once, and again when the kind of error changes.
    case streamUnavailable(stream: String, error: String)
    /// So many leases of a stream that is not read any more were deleted; `stream` is `account:stream:epoch`.
    case formerLeasesDeleted(stream: String, count: Int)
    /// Hash keys that no lease covers, seen twice in a row: nobody reads their records. Told when they change; empty when there
    /// are none any more. The next comparison makes the leases that are missing; what stays is a lease that somebody ended, of
    /// a shard that is open.
    case hashKeysUncovered(stream: String, [HashKeyRange])
    /// What was asked of the lease table since this was told last, or since the start. Told each `shardSyncInterval`.
    case leaseTableUsed(LeaseTableUse, during: Duration)
    /// Workers of the KCL 3.x give the leases of this application out: they and this worker hinder each other. Told once.
    case kcl3Found(KCL3Sign)
    /// The worker has given all its leases up.
    case stopped
}
