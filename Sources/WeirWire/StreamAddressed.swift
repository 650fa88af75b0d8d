/// A request that names its stream by its name or its ARN: that of a stream of another account.
public protocol StreamAddressed {
    /// The name of the stream.
    var streamName: String? { get set }
    /// The ARN of the stream, instead of its name.
    var streamARN: String? { get set }
}

extension StreamAddressed {
    /// The same request with the ARN where it belongs, when one stands in the place of the name. No stream has a name
    /// with a colon in it.
    public func withAddressSorted() -> Self {
        guard let name = streamName, name.hasPrefix("arn:"), streamARN == nil else { return self }
        var sorted = self
        sorted.streamARN = name
        sorted.streamName = nil
        return sorted
    }
}

extension AddTagsToStream.Request: StreamAddressed {}
extension DecreaseStreamRetentionPeriod.Request: StreamAddressed {}
extension DeleteStream.Request: StreamAddressed {}
extension DescribeStream.Request: StreamAddressed {}
extension DescribeStreamSummary.Request: StreamAddressed {}
extension EnhancedMonitoringInput: StreamAddressed {}
extension GetShardIterator.Request: StreamAddressed {}
extension IncreaseStreamRetentionPeriod.Request: StreamAddressed {}
extension ListShards.Request: StreamAddressed {}
extension ListTagsForStream.Request: StreamAddressed {}
extension MergeShards.Request: StreamAddressed {}
extension PutRecord.Request: StreamAddressed {}
extension PutRecords.Request: StreamAddressed {}
extension RemoveTagsFromStream.Request: StreamAddressed {}
extension SplitShard.Request: StreamAddressed {}
extension StreamEncryptionInput: StreamAddressed {}
extension UpdateShardCount.Request: StreamAddressed {}
extension UpdateStreamWarmThroughput.Request: StreamAddressed {}
