import WeirModel
import WeirWire

extension KinesisService {
    /// A stream without its shards.
    func describeStreamSummary(
        _ request: DescribeStreamSummary.Request
    ) async throws(ServiceError) -> DescribeStreamSummary.Response {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()

        let stream = try await stream(try await streamName(request.streamName, request.streamARN, request.streamID))
        return DescribeStreamSummary.Response(
            streamDescriptionSummary: StreamDescriptionSummary(
                streamName: stream.name,
                streamARN: arn(of: stream.name),
                streamID: StreamID(stream).description,
                streamStatus: stream.status.rawValue,
                streamModeDetails: stream.modeDetails,
                retentionPeriodHours: stream.retentionHours,
                streamCreationTimestamp: stream.createdAt,
                enhancedMonitoring: stream.enhancedMonitoring,
                encryptionType: stream.encryptionType,
                keyID: stream.settings.encryptionKeyID,
                openShardCount: stream.openShardsByHashKey.count,
                consumerCount: stream.consumers.count,
                warmThroughput: stream.warmThroughput,
                maxRecordSizeInKiB: stream.settings.maximumRecordSizeInKiB,
                recordDistributionStrategy: stream.settings.mode == .onDemand
                    ? stream.settings.distribution.rawValue : nil,
                queueCount: queues == nil ? nil : stream.queueCount
            )
        )
    }
}
