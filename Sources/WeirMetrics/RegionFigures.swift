import WeirModel

/// The streams of one region at a moment: what they are, and what was counted of them.
public struct RegionFigures: Sendable {
    /// The region.
    public var region: String
    /// How many streams there are.
    public var streamCount: Int
    /// How many open shards they have.
    public var openShardCount: Int
    /// How many subscriptions to shards there are.
    public var subscriptionCount: Int
    /// How many GetRecords calls wait for records.
    public var readWaitCount: Int
    /// Records that are damaged on disk, as far as reads have met them since the start.
    public var damagedRecordCount: Int
    /// Logs that take nothing more until the server is started anew.
    public var failedLogCount = 0
    /// Bytes of the files of logs that were compressed since the start, as they were before.
    public var compressionInputBytes = 0
    /// Bytes of what became of them.
    public var compressionOutputBytes = 0
    /// What was counted, by ascending names of streams.
    public var streams: [(stream: String, counts: StreamCounts)]
    /// The queues, in the order in which they were made.
    public var queues: [QueueFigures] = []

    /// Figures from their parts.
    public init(
        region: String,
        streamCount: Int,
        openShardCount: Int,
        subscriptionCount: Int,
        readWaitCount: Int = 0,
        damagedRecordCount: Int,
        streams: [(stream: String, counts: StreamCounts)]
    ) {
        self.region = region
        self.streamCount = streamCount
        self.openShardCount = openShardCount
        self.subscriptionCount = subscriptionCount
        self.readWaitCount = readWaitCount
        self.damagedRecordCount = damagedRecordCount
        self.streams = streams
    }
}
