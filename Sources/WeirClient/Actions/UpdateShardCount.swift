import WeirModel
import WeirWire

extension KinesisCalling {
    /// Splits and merges the shards of a provisioned stream until it has so many, of equal size: at least half and at most
    /// double as many as it has. Returns how many it had.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
    @discardableResult
    public func updateShardCount(_ stream: String, target: Int) async throws(ServiceError) -> Int? {
        try await call(
            UpdateShardCount.self,
            UpdateShardCount.Request(
                streamName: stream,
                targetShardCount: target,
                scalingType: "UNIFORM_SCALING"
            )
        ).currentShardCount
    }
}
