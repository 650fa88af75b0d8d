import WeirModel
import WeirWire

extension KinesisCalling {
    /// Changes the capacity mode of a stream, twice a day at most.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html
    public func updateStreamMode(
        streamARN: String,
        mode: StreamMode,
        warmThroughputMiBps: Int? = nil
    ) async throws(ServiceError) {
        _ = try await call(
            UpdateStreamMode.self,
            UpdateStreamMode.Request(
                streamARN: streamARN,
                streamModeDetails: StreamModeDetails(streamMode: mode.rawValue),
                warmThroughputMiBps: warmThroughputMiBps
            )
        )
    }
}
