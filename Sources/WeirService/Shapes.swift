import WeirModel
import WeirStore
import WeirWire

// How the store's nouns look on the wire.

extension HashKeyRangeShape {
    init(_ range: HashKeyRange) {
        self.init(startingHashKey: range.starting.description, endingHashKey: range.ending.description)
    }
}

extension Shard {
    init(_ shard: ShardDescription) {
        self.init(
            shardID: shard.id.description,
            parentShardID: shard.parent?.description,
            adjacentParentShardID: shard.adjacentParent?.description,
            hashKeyRange: HashKeyRangeShape(shard.hashKeyRange),
            sequenceNumberRange: SequenceNumberRange(
                startingSequenceNumber: shard.startingSequenceNumber.description,
                endingSequenceNumber: shard.endingSequenceNumber?.description
            )
        )
    }
}

extension ChildShard {
    init(_ shard: ShardDescription) {
        self.init(
            shardID: shard.id.description,
            parentShards: [shard.parent, shard.adjacentParent].compactMap { $0?.description },
            hashKeyRange: HashKeyRangeShape(shard.hashKeyRange)
        )
    }
}

extension StreamDescription {
    /// The capacity mode.
    var modeDetails: StreamModeDetails { StreamModeDetails(streamMode: tags[StreamTags.mode] ?? "PROVISIONED") }

    /// Shard-level metrics: none can be switched on.
    var enhancedMonitoring: [EnhancedMonitoring] { [EnhancedMonitoring(shardLevelMetrics: [])] }
}

extension Record {
    init(_ record: StoredRecord) {
        self.init(
            sequenceNumber: record.sequenceNumber.description,
            approximateArrivalTimestamp: record.approximateArrival,
            data: record.data,
            partitionKey: record.partitionKey
        )
    }
}
