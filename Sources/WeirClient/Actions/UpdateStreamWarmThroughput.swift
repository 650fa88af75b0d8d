import WeirModel
import WeirWire

extension KinesisCalling {
    /// Changes the throughput, in MiB a second, that an on-demand stream is kept ready to take.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamWarmThroughput.html
    @discardableResult
    public func updateStreamWarmThroughput(
        _ stream: String,
        mebibytesPerSecond: Int
    ) async throws(ServiceError) -> WarmThroughput? {
        try await call(
            UpdateStreamWarmThroughput.self,
            UpdateStreamWarmThroughput.Request(streamName: stream, warmThroughputMiBps: mebibytesPerSecond)
        ).warmThroughput
    }
}
