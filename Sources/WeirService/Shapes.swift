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
    var modeDetails: StreamModeDetails { StreamModeDetails(streamMode: settings.mode.rawValue) }

    /// Shard-level metrics that are switched on.
    var enhancedMonitoring: [EnhancedMonitoring] {
        [EnhancedMonitoring(shardLevelMetrics: settings.shardLevelMetrics.names)]
    }

    /// `KMS` or `NONE`.
    var encryptionType: String { settings.isEncrypted ? Record.encryptedType : "NONE" }

    /// The throughput that the stream is kept ready for; nil when that was not asked for.
    var warmThroughput: WarmThroughput? {
        settings.warmThroughputMiBps.map { target in
            // A shard takes 1 MiB a second.
            WarmThroughput(targetMiBps: target, currentMiBps: openShardsByHashKey.count)
        }
    }
}

extension Set<ShardLevelMetric> {
    /// The names, in the order of the model.
    var names: [String] { ShardLevelMetric.allCases.filter(contains).map(\.rawValue) }
}
