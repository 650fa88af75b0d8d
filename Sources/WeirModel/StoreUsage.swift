/// What the streams of a store use of its limits.
public struct StoreUsage: Hashable, Sendable {
    /// Open shards of all streams.
    public var openShardCount: Int
    /// Open shards of all streams, at most.
    public var maximumOpenShardCount: Int
    /// Streams in on-demand mode.
    public var onDemandStreamCount: Int
    /// Streams in on-demand mode, at most.
    public var maximumOnDemandStreamCount: Int
    /// Records that are damaged on disk, as far as reads have met them since the start.
    public var damagedRecordCount = 0
    /// Logs that take nothing more until the server is started anew: what is on disk of their newest entries is not known.
    public var failedLogCount = 0
    /// Bytes of the files of logs that were compressed since the start, as they were before.
    public var compressionInputBytes = 0
    /// Bytes of what became of them.
    public var compressionOutputBytes = 0

    /// Usage from its parts.
    public init(
        openShardCount: Int,
        maximumOpenShardCount: Int,
        onDemandStreamCount: Int,
        maximumOnDemandStreamCount: Int
    ) {
        self.openShardCount = openShardCount
        self.maximumOpenShardCount = maximumOpenShardCount
        self.onDemandStreamCount = onDemandStreamCount
        self.maximumOnDemandStreamCount = maximumOnDemandStreamCount
    }
}
