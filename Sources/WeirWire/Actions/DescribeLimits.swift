/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html
public enum DescribeLimits: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// An input without members.
        public init() {}
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// Open shards of the account, at most.
        public var shardLimit: Int
        /// Open shards of the account.
        public var openShardCount: Int
        /// Streams in on-demand mode.
        public var onDemandStreamCount: Int
        /// Streams in on-demand mode, at most.
        public var onDemandStreamCountLimit: Int

        /// An output from its members.
        public init(shardLimit: Int, openShardCount: Int, onDemandStreamCount: Int, onDemandStreamCountLimit: Int) {
            self.shardLimit = shardLimit
            self.openShardCount = openShardCount
            self.onDemandStreamCount = onDemandStreamCount
            self.onDemandStreamCountLimit = onDemandStreamCountLimit
        }

        enum CodingKeys: String, CodingKey {
            case shardLimit = "ShardLimit"
            case openShardCount = "OpenShardCount"
            case onDemandStreamCount = "OnDemandStreamCount"
            case onDemandStreamCountLimit = "OnDemandStreamCountLimit"
        }
    }
}
