import WeirModel
import WeirWire

extension KinesisCalling {
    /// Makes a stream, provisioned with a number of shards, or on demand when `shardCount` is nil. The stream is ready
    /// when its status is `ACTIVE`. It takes records of up to 1 MiB unless `maxRecordSizeInKiB` raises that.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
    public func createStream(
        _ stream: String,
        shardCount: Int?,
        tags: [String: String]? = nil,
        maxRecordSizeInKiB: Int? = nil
    ) async throws(ServiceError) {
        let mode = StreamModeDetails(streamMode: shardCount == nil ? "ON_DEMAND" : "PROVISIONED")
        _ = try await call(
            CreateStream.self,
            CreateStream.Request(
                streamName: stream,
                shardCount: shardCount,
                streamModeDetails: mode,
                tags: tags,
                maxRecordSizeInKiB: maxRecordSizeInKiB
            )
        )
    }
}
