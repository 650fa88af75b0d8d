import WeirModel
import WeirWire

extension KinesisService {
    /// Shortens the time for which records are kept. What is older is dropped soon after.
    func decreaseStreamRetentionPeriod(
        _ request: DecreaseStreamRetentionPeriod.Request
    ) async throws(ServiceError) -> EmptyResponse {
        let change = try RetentionChange(
            request.retentionPeriodHours,
            request.streamName,
            request.streamARN,
            request.streamID
        )
        let stream = try await stream(
            try await streamName(change.streamName, change.streamARN, change.streamID)
        )
        let hours = try change.allowedHours()
        guard hours <= stream.retentionHours else {
            throw ServiceError(
                .invalidArgument,
                """
                Requested retention period (\(hours) hours) for stream \(stream.name) can not be longer than existing \
                retention period (\(stream.retentionHours) hours). Use IncreaseRetentionPeriod API.
                """
            )
        }
        return try await setRetention(stream, hours: hours)
    }
}
