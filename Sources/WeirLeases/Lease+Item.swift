import WeirModel
import WeirWire

extension Lease {
    /// The names of the attributes in the lease table.
    public enum Attribute {
        static let key = "leaseKey"
        static let owner = "leaseOwner"
        static let counter = "leaseCounter"
        static let ownerSwitches = "ownerSwitchesSinceCheckpoint"
        static let checkpoint = "checkpoint"
        static let subSequenceNumber = "checkpointSubSequenceNumber"
        static let pendingCheckpoint = "pendingCheckpoint"
        static let pendingSubSequenceNumber = "pendingCheckpointSubSequenceNumber"
        static let pendingState = "pendingCheckpointState"
        static let parentShardIDs = "parentShardId"
        static let childShardIDs = "childShardIds"
        static let startingHashKey = "startingHashKey"
        static let endingHashKey = "endingHashKey"
        static let checkpointOwner = "checkpointOwner"
        // Of the KCL 3.x too. That of 2.x ignores it.
        static let throughput = "throughputKBps"
        // In tables of several streams. The KCL calls the whole identity "streamName", for reasons of its history.
        static let streamIdentity = "streamName"
        static let shardID = "shardId"
        // Weir's own. The KCL ignores attributes that it does not know and leaves them in place.
        static let weirOwner = "weirOwner"
        static let handOffTo = "weirHandOffTo"
        static let initialTimestamp = "weirInitialTimestamp"
        static let streamCreation = "weirStreamCreation"
        static let formerTime = "weirFormerTime"
    }

    /// The key of a lease in an item of the lease table, or in the key of one; nil when there is none.
    public static func key(of item: Item) -> String? { item[Attribute.key]?.text }

    /// A lease from an item of the lease table.
    ///
    /// Attributes that it does not know are ignored, and those that are missing take the value of a new lease. Nil when
    /// the item is no lease: it has no key, counter or checkpoint (a KCL 3.x table holds such items too).
    public init?(item: Item) {
        guard let key = item[Attribute.key]?.text, let counter = item[Attribute.counter]?.integer,
            let checkpointText = item[Attribute.checkpoint]?.text,
            let checkpoint = LeaseCheckpoint(
                checkpointText,
                subSequenceNumber: item[Attribute.subSequenceNumber]?.integer ?? 0
            )
        else { return nil }
        self.init(
            key: key,
            stream: item[Attribute.streamIdentity]?.text.flatMap { StreamIdentity($0) },
            owner: item[Attribute.owner]?.text,
            counter: counter,
            ownerSwitchesSinceCheckpoint: item[Attribute.ownerSwitches]?.integer ?? 0,
            checkpoint: checkpoint,
            pendingCheckpoint: Self.pendingCheckpoint(item),
            initialTimestamp: item[Attribute.initialTimestamp]?.integer.map {
                Timestamp(millisecondsSinceEpoch: $0)
            },
            parentShardIDs: item[Attribute.parentShardIDs]?.texts ?? [],
            childShardIDs: item[Attribute.childShardIDs]?.texts ?? [],
            hashKeyRange: Self.hashKeyRange(item),
            weirOwner: item[Attribute.weirOwner]?.text,
            handOffTo: item[Attribute.handOffTo]?.text,
            streamCreation: item[Attribute.streamCreation]?.integer.map { Timestamp(millisecondsSinceEpoch: $0) },
            throughput: item[Attribute.throughput]?.kilobytes,
            formerTime: item[Attribute.formerTime]?.text.flatMap { FormerTime($0) },
            checkpointOwner: item[Attribute.checkpointOwner]?.text
        )
    }

    /// The item of the lease table. Attributes that have no value are left out, never empty.
    public var item: Item {
        var item: Item = [
            Attribute.key: .string(key),
            Attribute.counter: .number(String(counter)),
            Attribute.ownerSwitches: .number(String(ownerSwitchesSinceCheckpoint)),
            Attribute.checkpoint: .string(checkpoint.text),
            Attribute.subSequenceNumber: .number(String(checkpoint.subSequenceNumber)),
        ]
        if let stream {
            item[Attribute.streamIdentity] = .string(stream.description)
            item[Attribute.shardID] = .string(shardID)
        }
        if let pendingCheckpoint {
            let checkpoint = pendingCheckpoint.checkpoint
            item[Attribute.pendingCheckpoint] = .string(checkpoint.text)
            item[Attribute.pendingSubSequenceNumber] = .number(String(checkpoint.subSequenceNumber))
            item[Attribute.pendingState] = pendingCheckpoint.state.map { .binary($0) }
        }
        if !parentShardIDs.isEmpty { item[Attribute.parentShardIDs] = AttributeValue(texts: parentShardIDs) }
        if !childShardIDs.isEmpty { item[Attribute.childShardIDs] = AttributeValue(texts: childShardIDs) }
        if let hashKeyRange {
            item[Attribute.startingHashKey] = .string(hashKeyRange.starting.description)
            item[Attribute.endingHashKey] = .string(hashKeyRange.ending.description)
        }
        item[Attribute.owner] = owner.map { .string($0) }
        item[Attribute.weirOwner] = weirOwner.map { .string($0) }
        item[Attribute.handOffTo] = handOffTo.map { .string($0) }
        item[Attribute.initialTimestamp] = initialTimestamp.map { .number(String($0.millisecondsSinceEpoch)) }
        item[Attribute.streamCreation] = streamCreation.map { .number(String($0.millisecondsSinceEpoch)) }
        item[Attribute.throughput] = throughput.map { AttributeValue(kilobytesOf: $0) }
        item[Attribute.formerTime] = formerTime.map { .string($0.description) }
        item[Attribute.checkpointOwner] = checkpointOwner.map { .string($0) }
        return item
    }

    /// A state that is no bytes counts as none: the KCL puts a number there when it makes a lease with one.
    private static func pendingCheckpoint(_ item: Item) -> PendingCheckpoint? {
        guard let text = item[Attribute.pendingCheckpoint]?.text,
            let checkpoint = LeaseCheckpoint(
                text,
                subSequenceNumber: item[Attribute.pendingSubSequenceNumber]?.integer ?? 0
            )
        else { return nil }
        return PendingCheckpoint(checkpoint, state: item[Attribute.pendingState]?.bytes)
    }

    private static func hashKeyRange(_ item: Item) -> HashKeyRange? {
        guard let starting = item[Attribute.startingHashKey]?.text.flatMap({ HashKey($0) }),
            let ending = item[Attribute.endingHashKey]?.text.flatMap({ HashKey($0) }), starting <= ending
        else { return nil }
        return HashKeyRange(starting: starting, ending: ending)
    }
}

extension AttributeValue {
    var text: String? {
        if case .string(let text) = self, !text.isEmpty { text } else { nil }
    }

    fileprivate var integer: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    /// Bytes in units of 1,024, with six decimals at most, as the KCL 3.x writes them.
    init(kilobytesOf bytes: Int64) {
        let millionths = (bytes % 1024 * 1_000_000 + 512) / 1024
        var decimals = String(1_000_000 + millionths).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        self = .number(decimals.isEmpty ? "\(bytes / 1024)" : "\(bytes / 1024).\(decimals)")
    }

    /// Bytes, from a number of kilobytes; nil when that is none, or out of all reason.
    fileprivate var kilobytes: Int64? {
        guard case .number(let text) = self, let kilobytes = Double(text), (0...1e12).contains(kilobytes) else {
            return nil
        }
        return Int64((kilobytes * 1024).rounded())
    }

    fileprivate var bytes: [UInt8]? {
        if case .binary(let bytes) = self { bytes } else { nil }
    }

    fileprivate var texts: Set<String>? {
        if case .stringSet(let texts) = self { Set(texts.map(\.text)) } else { nil }
    }
}
