import WeirModel
import WeirWire

extension KinesisService {
    /// A stream with a page of its shards.
    func describeStream(_ request: DescribeStream.Request) async throws(ServiceError) -> DescribeStream.Response {
        var validator = Validator()
        validator.number("limit", request.limit, 1...Limits.maximumDescribeStreamLimit)
        validator.shard("exclusiveStartShardId", request.exclusiveStartShardID, isRequired: false)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        var start: ShardID?
        if let text = request.exclusiveStartShardID { start = try shardID(text, stream: name) }
        let stream = try await stream(name)
        let limit = request.limit ?? Limits.defaultDescribeStreamLimit
        let after = start.map { start in stream.shards.filter { $0.id > start } } ?? stream.shards
        return DescribeStream.Response(
            streamDescription: StreamDescriptionShape(
                streamName: stream.name,
                streamARN: arn(of: stream.name),
                streamStatus: stream.status.rawValue,
                streamModeDetails: stream.modeDetails,
                shards: after.prefix(limit).map(Shard.init),
                hasMoreShards: after.count > limit,
                retentionPeriodHours: stream.retentionHours,
                streamCreationTimestamp: stream.createdAt,
                enhancedMonitoring: stream.enhancedMonitoring,
                encryptionType: stream.encryptionType,
                keyID: stream.settings.encryptionKeyID
            )
        )
    }
}
