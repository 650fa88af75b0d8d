import WeirModel

/// The right of one worker to read one shard for one application, and how far the application has read it: an item of
/// the lease table.
///
/// The attributes are those of the Kinesis Client Library 2.x, so that its workers and these share one table.
public struct Lease: Hashable, Sendable {
    /// The table's hash key: the shard's ID, in the table of several streams with the stream's identity before it.
    public var key: String
    /// The stream whose shard this is. Nil in the table of an application of one stream, which does not name it.
    public var stream: StreamIdentity?
    /// The worker that holds it; nil when none does.
    public var owner: String?
    /// Grows by one with every renewal, take and checkpoint: the optimistic lock, and the owner's sign of life.
    public var counter: Int64
    /// How often the owner changed since the last checkpoint.
    public var ownerSwitchesSinceCheckpoint: Int64
    /// How far the shard was read.
    public var checkpoint: LeaseCheckpoint
    /// The first half of a checkpoint in two phases; nil when none is under way.
    public var pendingCheckpoint: PendingCheckpoint?
    /// The time that the checkpoint LATEST or AT_TIMESTAMP stands for: fixed when the application met the shard first, so
    /// that every worker that begins there begins at the same place. Nil when a Java worker made the lease.
    public var initialTimestamp: Timestamp?
    /// The shards of the stream it was split or merged from, as far as the application knew them.
    public var parentShardIDs: Set<String>
    /// The shards that go on where it ended; known once it ended.
    public var childShardIDs: Set<String>
    /// The hash keys that the shard serves, when known.
    public var hashKeyRange: HashKeyRange?
    /// The last owner that is a Weir worker. While it equals ``owner``, the owner understands hand-off requests.
    public var weirOwner: String?
    /// The Weir worker that asks the owner to hand the lease over.
    public var handOffTo: String?
    /// When the stream was made whose shard this is. Nil when a Java worker made the lease.
    public var streamCreation: Timestamp?
    /// Bytes a second of its records that an owner has told it delivers; nil when none has.
    public var throughput: Int64?
    /// Present only while a KCL 3.x leader moves the lease: the worker that gives it up.
    public var checkpointOwner: String?

    /// A lease from its parts; without more than a key and a checkpoint, a new lease that nobody holds.
    public init(
        key: String,
        stream: StreamIdentity? = nil,
        owner: String? = nil,
        counter: Int64 = 0,
        ownerSwitchesSinceCheckpoint: Int64 = 0,
        checkpoint: LeaseCheckpoint,
        pendingCheckpoint: PendingCheckpoint? = nil,
        initialTimestamp: Timestamp? = nil,
        parentShardIDs: Set<String> = [],
        childShardIDs: Set<String> = [],
        hashKeyRange: HashKeyRange? = nil,
        weirOwner: String? = nil,
        handOffTo: String? = nil,
        streamCreation: Timestamp? = nil,
        throughput: Int64? = nil,
        checkpointOwner: String? = nil
    ) {
        self.key = key
        self.stream = stream
        self.owner = owner
        self.counter = counter
        self.ownerSwitchesSinceCheckpoint = ownerSwitchesSinceCheckpoint
        self.checkpoint = checkpoint
        self.pendingCheckpoint = pendingCheckpoint
        self.initialTimestamp = initialTimestamp
        self.parentShardIDs = parentShardIDs
        self.childShardIDs = childShardIDs
        self.hashKeyRange = hashKeyRange
        self.weirOwner = weirOwner
        self.handOffTo = handOffTo
        self.streamCreation = streamCreation
        self.throughput = throughput
        self.checkpointOwner = checkpointOwner
    }

    /// Whether the shard was read to its end: nobody needs to hold the lease any more.
    public var isEnded: Bool { checkpoint == .shardEnd }

    /// Whether the owner is a worker that understands hand-off requests.
    public var isOwnedByWeirWorker: Bool { owner != nil && owner == weirOwner }
}
