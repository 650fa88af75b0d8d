import WeirModel
import WeirWire

extension KinesisService {
    /// Changes what chooses the shard of a record, from the next record on.
    func updateStreamRecordDistributionStrategy(
        _ request: UpdateStreamRecordDistributionStrategy.Request
    ) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.stream(arn: request.streamARN, id: request.streamID)
        validator.require("recordDistributionStrategy", request.recordDistributionStrategy != nil)
        validator.distributionStrategy("recordDistributionStrategy", request.recordDistributionStrategy)
        try validator.finish()

        let name = try await streamName(nil, request.streamARN, request.streamID)
        let strategy = request.recordDistributionStrategy.flatMap(RecordDistributionStrategy.init)
        _ = try await changeSettings(of: name, .distribution(strategy ?? .userPartitionKey))
        return EmptyResponse()
    }
}

extension Validator {
    /// Checks a member that names a record distribution strategy.
    mutating func distributionStrategy(_ member: String, _ strategy: String?) {
        choice(member, strategy, of: RecordDistributionStrategy.allCases.map(\.rawValue))
    }
}
