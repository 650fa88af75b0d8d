import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Lengthens the time for which records are kept.
    func increaseStreamRetentionPeriod(
        _ request: IncreaseStreamRetentionPeriod.Request
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
        guard hours >= stream.retentionHours else {
            throw ServiceError(
                .invalidArgument,
                """
                Requested retention period (\(hours) hours) for stream \(stream.name) can not be shorter than \
                existing retention period (\(stream.retentionHours) hours). Use DecreaseRetentionPeriod API.
                """
            )
        }
        return try await setRetention(stream, hours: hours)
    }

    /// Sets the hours, once they were found to be allowed.
    func setRetention(_ stream: StreamDescription, hours: Int) async throws(ServiceError) -> EmptyResponse {
        try requireActive(stream)
        do throws(ServiceError) {
            try await store.setRetention(stream: stream.name, hours: hours)
        } catch {
            throw streamError(error, stream.name)
        }
        return EmptyResponse()
    }
}
