import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Makes a stream. It is ready when the call returns, or where states last, after a while.
    func createStream(_ request: CreateStream.Request) async throws(ServiceError) -> EmptyResponse {
        let mode = request.streamModeDetails?.streamMode
        let isOnDemand = mode == "ON_DEMAND"
        var validator = Validator()
        validator.require("shardCount", request.shardCount != nil || isOnDemand)
        validator.number("shardCount", request.shardCount, atLeast: 1)
        validator.require("streamName", request.streamName != nil)
        validator.text(
            "streamName",
            request.streamName,
            pattern: .name,
            length: 1...Limits.maximumStreamNameLength
        )
        validator.streamMode("streamModeDetails.streamMode", mode)
        validator.number("warmThroughputMiBps", request.warmThroughputMiBps, atLeast: 0)
        validator.number("maxRecordSizeInKiB", request.maxRecordSizeInKiB, Limits.recordSizeRangeInKiB)
        validator.distributionStrategy("recordDistributionStrategy", request.recordDistributionStrategy)
        try validator.finish()
        if isOnDemand, request.shardCount != nil {
            throw ServiceError(.invalidArgument, "ShardCount must not be given for a stream in ON_DEMAND mode.")
        }
        let settings = try await settings(of: request, mode: isOnDemand ? .onDemand : .provisioned)

        let name = request.streamName ?? ""
        // A shard takes 1 MiB a second.
        let shardCount = request.shardCount ?? max(Limits.onDemandShardCount, settings.warmThroughputMiBps ?? 0)
        guard shardCount <= Limits.maximumShardCount else {
            throw ServiceError(
                .limitExceeded,
                """
                This request would exceed the shard limit for the account \(account) in \(region). \
                Limit: \(Limits.maximumShardCount). \
                Number of additional shards that would have resulted from this request: \(shardCount).
                """
            )
        }
        let tags = request.tags ?? [:]
        try validateTags(tags)
        do throws(ServiceError) {
            try await store.createStream(name: name, shardCount: shardCount, settings: settings, tags: tags)
        } catch  where error.code == .resourceInUse {
            throw ServiceError(.resourceInUse, "Stream \(name) under account \(account) already exists.", cause: error)
        }
        return EmptyResponse()
    }

    private func settings(
        of request: CreateStream.Request,
        mode: StreamMode
    ) async throws(ServiceError) -> StreamSettings {
        if let throughput = request.warmThroughputMiBps {
            try await validateWarmThroughput(throughput, mode: mode, stream: request.streamName ?? "")
        }
        let strategy = request.recordDistributionStrategy.flatMap(RecordDistributionStrategy.init) ?? .userPartitionKey
        guard strategy == .userPartitionKey || mode == .onDemand else {
            throw ServiceError(
                .invalidArgument,
                "RecordDistributionStrategy AUTO is only supported for data streams with the on-demand capacity mode."
            )
        }
        return StreamSettings(
            mode: mode,
            maximumRecordSizeInKiB: request.maxRecordSizeInKiB ?? Limits.recordSizeRangeInKiB.lowerBound,
            warmThroughputMiBps: request.warmThroughputMiBps,
            distribution: strategy
        )
    }

    private func validateTags(_ tags: [String: String]) throws(ServiceError) {
        guard tags.count <= Limits.maximumTagCount else {
            throw ServiceError(
                .invalidArgument,
                "A given stream cannot have more than \(Limits.maximumTagCount) tags associated with it."
            )
        }
        try StreamTags.validate(tags)
    }
}
