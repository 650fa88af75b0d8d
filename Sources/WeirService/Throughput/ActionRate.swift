/// How often a control action may be called.
///
/// Source: the API reference page of each action, and
/// https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html#kds-api-limits
struct ActionRate {
    /// Calls a second.
    let callsPerSecond: Int
    /// Whether each stream has this rate; otherwise the account and region have it for all streams together.
    let isPerStream: Bool

    /// The rate of an action; nil when it has none of its own, as those of queues, for which Amazon tells none.
    static func of(_ action: String) -> ActionRate? {
        if let rate = perAccount[action] { return ActionRate(callsPerSecond: rate, isPerStream: false) }
        return perStream[action].map { ActionRate(callsPerSecond: $0, isPerStream: true) }
    }

    private static let perAccount = [
        "AddTagsToStream": 5, "CreateStream": 5, "DeleteResourcePolicy": 5, "DeleteStream": 5,
        "DescribeAccountSettings": 5, "DescribeLimits": 1, "DescribeStream": 10, "DescribeStreamSummary": 20,
        "GetResourcePolicy": 5, "ListStreams": 5, "ListTagsForResource": 5, "ListTagsForStream": 5, "MergeShards": 5,
        "PutResourcePolicy": 5, "RegisterStreamConsumer": 5, "RemoveTagsFromStream": 5, "SplitShard": 5,
        "TagResource": 5, "UntagResource": 5, "UpdateAccountSettings": 5, "UpdateShardCount": 10,
        "UpdateStreamWarmThroughput": 5,
    ]

    private static let perStream = [
        "DecreaseStreamRetentionPeriod": 5, "DeregisterStreamConsumer": 5, "DescribeStreamConsumer": 20,
        "DisableEnhancedMonitoring": 5, "EnableEnhancedMonitoring": 5, "IncreaseStreamRetentionPeriod": 5,
        "ListShards": 1000, "ListStreamConsumers": 5,
    ]
}
