import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// What the account uses of its limits.
    func describeLimits(_ request: DescribeLimits.Request) async throws(ServiceError) -> DescribeLimits.Response {
        let usage = try await store.usage()
        return DescribeLimits.Response(
            shardLimit: usage.maximumOpenShardCount,
            openShardCount: usage.openShardCount,
            onDemandStreamCount: usage.onDemandStreamCount,
            onDemandStreamCountLimit: usage.maximumOnDemandStreamCount
        )
    }
}
