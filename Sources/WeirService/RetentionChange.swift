import WeirModel

/// A request to keep records longer or shorter, its members checked.
struct RetentionChange {
    let hours: Int
    let streamName: String?
    let streamARN: String?
    let streamID: String?

    init(
        _ hours: Int?,
        _ streamName: String?,
        _ streamARN: String?,
        _ streamID: String?
    ) throws(ServiceError) {
        var validator = Validator()
        validator.require("retentionPeriodHours", hours != nil)
        validator.number("retentionPeriodHours", hours, atLeast: 1)
        validator.stream(streamName, streamARN, streamID)
        try validator.finish()
        self.hours = hours ?? 0
        self.streamName = streamName
        self.streamARN = streamARN
        self.streamID = streamID
    }

    /// The hours, when a stream may have so few or many.
    func allowedHours() throws(ServiceError) -> Int {
        if hours < Limits.minimumRetentionHours {
            throw ServiceError(
                .invalidArgument,
                """
                Minimum allowed retention period is \(Limits.minimumRetentionHours) hours. \
                Requested retention period (\(hours) hours) is too short.
                """
            )
        }
        if hours > Limits.maximumRetentionHours {
            throw ServiceError(
                .invalidArgument,
                """
                Maximum allowed retention period is \(Limits.maximumRetentionHours) hours. \
                Requested retention period (\(hours) hours) is too long.
                """
            )
        }
        return hours
    }
}
