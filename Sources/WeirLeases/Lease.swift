import WeirModel

/// The right of one worker to read one shard for one application, and how far the application has read it: an item of
/// the lease table.
///
/// The attributes are those of the Kinesis Client Library 2.x, so that its workers and these share one table.
///
/// A value of a pointer's size: copies share what they hold until one of them is changed. A worker keeps every lease of its
/// application, and compares them with each scan.
public struct Lease: Sendable {
    /// What a lease holds.
    private struct Parts: Hashable, Sendable {
        var key: String
        var stream: StreamIdentity?
        var owner: String?
        var counter: Int64
        var ownerSwitchesSinceCheckpoint: Int64
        var checkpoint: LeaseCheckpoint
        var pendingCheckpoint: PendingCheckpoint?
        var initialTimestamp: Timestamp?
        var parentShardIDs: Set<String>
        var childShardIDs: Set<String>
        var hashKeyRange: HashKeyRange?
        var weirOwner: String?
        var handOffTo: String?
        var streamCreation: Timestamp?
        var throughput: Int64?
        var formerTime: FormerTime?
        var checkpointOwner: String?
    }

    /// What copies share. It never changes: a changed lease holds another one.
    private final class Box: Sendable {
        let parts: Parts

        init(_ parts: Parts) { self.parts = parts }
    }

    private var box: Box

    private var parts: Parts {
        get { box.parts }
        set { box = Box(newValue) }
    }

    /// The table's hash key: the shard's ID, in the table of several streams with the stream's identity before it.
    public var key: String {
        get { box.parts.key }
        set { parts.key = newValue }
    }
    /// The stream whose shard this is. Nil in the table of an application of one stream, which does not name it.
    public var stream: StreamIdentity? {
        get { box.parts.stream }
        set { parts.stream = newValue }
    }
    /// The worker that holds it; nil when none does.
    public var owner: String? {
        get { box.parts.owner }
        set { parts.owner = newValue }
    }
    /// Grows by one with every renewal, take and checkpoint: the optimistic lock, and the owner's sign of life.
    public var counter: Int64 {
        get { box.parts.counter }
        set { parts.counter = newValue }
    }
    /// How often the owner changed since the last checkpoint.
    public var ownerSwitchesSinceCheckpoint: Int64 {
        get { box.parts.ownerSwitchesSinceCheckpoint }
        set { parts.ownerSwitchesSinceCheckpoint = newValue }
    }
    /// How far the shard was read.
    public var checkpoint: LeaseCheckpoint {
        get { box.parts.checkpoint }
        set { parts.checkpoint = newValue }
    }
    /// The first half of a checkpoint in two phases; nil when none is under way.
    public var pendingCheckpoint: PendingCheckpoint? {
        get { box.parts.pendingCheckpoint }
        set { parts.pendingCheckpoint = newValue }
    }
    /// The time that the checkpoint LATEST or AT_TIMESTAMP stands for: fixed when the application met the shard first, so
    /// that every worker that begins there begins at the same place. Nil when a Java worker made the lease.
    public var initialTimestamp: Timestamp? {
        get { box.parts.initialTimestamp }
        set { parts.initialTimestamp = newValue }
    }
    /// The shards of the stream it was split or merged from, as far as the application knew them.
    public var parentShardIDs: Set<String> {
        get { box.parts.parentShardIDs }
        set { parts.parentShardIDs = newValue }
    }
    /// The shards that go on where it ended; known once it ended.
    public var childShardIDs: Set<String> {
        get { box.parts.childShardIDs }
        set { parts.childShardIDs = newValue }
    }
    /// The hash keys that the shard serves, when known.
    public var hashKeyRange: HashKeyRange? {
        get { box.parts.hashKeyRange }
        set { parts.hashKeyRange = newValue }
    }
    /// The last owner that is a Weir worker. While it equals ``owner``, the owner understands hand-off requests.
    public var weirOwner: String? {
        get { box.parts.weirOwner }
        set { parts.weirOwner = newValue }
    }
    /// The Weir worker that asks the owner to hand the lease over.
    public var handOffTo: String? {
        get { box.parts.handOffTo }
        set { parts.handOffTo = newValue }
    }
    /// When the stream was made whose shard this is. Nil when a Java worker made the lease.
    public var streamCreation: Timestamp? {
        get { box.parts.streamCreation }
        set { parts.streamCreation = newValue }
    }
    /// Bytes a second of its records that an owner has told it delivers; nil when none has.
    public var throughput: Int64? {
        get { box.parts.throughput }
        set { parts.throughput = newValue }
    }
    /// For how long workers have seen the lease unchanged, when its stream was none of the application's.
    public var formerTime: FormerTime? {
        get { box.parts.formerTime }
        set { parts.formerTime = newValue }
    }
    /// Present only while a KCL 3.x leader moves the lease: the worker that gives it up.
    public var checkpointOwner: String? {
        get { box.parts.checkpointOwner }
        set { parts.checkpointOwner = newValue }
    }

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
        formerTime: FormerTime? = nil,
        checkpointOwner: String? = nil
    ) {
        box = Box(
            Parts(
                key: key,
                stream: stream,
                owner: owner,
                counter: counter,
                ownerSwitchesSinceCheckpoint: ownerSwitchesSinceCheckpoint,
                checkpoint: checkpoint,
                pendingCheckpoint: pendingCheckpoint,
                initialTimestamp: initialTimestamp,
                parentShardIDs: parentShardIDs,
                childShardIDs: childShardIDs,
                hashKeyRange: hashKeyRange,
                weirOwner: weirOwner,
                handOffTo: handOffTo,
                streamCreation: streamCreation,
                throughput: throughput,
                formerTime: formerTime,
                checkpointOwner: checkpointOwner
            )
        )
    }

    /// Whether the shard was read to its end: nobody needs to hold the lease any more.
    public var isEnded: Bool { checkpoint == .shardEnd }

    /// Whether the owner is a worker that understands hand-off requests.
    public var isOwnedByWeirWorker: Bool { owner != nil && owner == weirOwner }
}

extension Lease: Hashable {
    public static func == (left: Lease, right: Lease) -> Bool {
        left.box === right.box || left.box.parts == right.box.parts
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(box.parts) }
}

extension Lease: CustomStringConvertible {
    public var description: String { "Lease" + "\(box.parts)".drop { $0 != "(" } }
}
