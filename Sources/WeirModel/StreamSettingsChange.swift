/// One change of a stream's settings: a value, so that a store at a distance can carry it out in one step.
public enum StreamSettingsChange: Hashable, Sendable {
    /// Another capacity mode; on demand with the throughput to be kept ready, if any.
    case mode(StreamMode, warmThroughputMiBps: Int?)
    /// Another size of the largest record, in KiB.
    case maximumRecordSize(kibibytes: Int)
    /// Encrypts new records with a key from now on.
    case startEncryption(keyID: String)
    /// Encrypts no new records any more.
    case stopEncryption
    /// Switches shard-level metrics on.
    case enableMetrics(Set<ShardLevelMetric>)
    /// Switches shard-level metrics off.
    case disableMetrics(Set<ShardLevelMetric>)
    /// Another throughput that an on-demand stream is kept ready to take.
    case warmThroughput(mebibytesPerSecond: Int)
    /// Another way to choose the shard of a record.
    case distribution(RecordDistributionStrategy)
}

extension StreamSettings {
    /// The settings after a change. What a stream in provisioned mode cannot have goes with the mode.
    public func applying(_ change: StreamSettingsChange) -> StreamSettings {
        var result = self
        switch change {
        case .mode(let mode, let warmThroughput):
            result.mode = mode
            switch mode {
            case .onDemand:
                result.warmThroughputMiBps = warmThroughput ?? warmThroughputMiBps
            case .provisioned:
                result.warmThroughputMiBps = nil
                result.distribution = .userPartitionKey
            }
        case .maximumRecordSize(let kibibytes): result.maximumRecordSizeInKiB = kibibytes
        case .startEncryption(let keyID): result.encryptionKeyID = keyID
        case .stopEncryption: result.encryptionKeyID = nil
        case .enableMetrics(let metrics): result.shardLevelMetrics.formUnion(metrics)
        case .disableMetrics(let metrics): result.shardLevelMetrics.subtract(metrics)
        case .warmThroughput(let throughput): result.warmThroughputMiBps = throughput
        case .distribution(let strategy): result.distribution = strategy
        }
        return result
    }
}

/// What a change of settings did.
public struct StreamSettingsUpdate: Hashable, Sendable {
    /// The settings before.
    public var before: StreamSettings
    /// The settings now.
    public var after: StreamSettings

    /// An update from its parts.
    public init(before: StreamSettings, after: StreamSettings) {
        self.before = before
        self.after = after
    }
}
