import WeirModel

/// A stream in a list.
public struct StreamSummary: Codable, Hashable, Sendable {
    /// The name.
    public var streamName: String
    /// The ARN.
    public var streamARN: String
    /// The state.
    public var streamStatus: String
    /// The capacity mode.
    public var streamModeDetails: StreamModeDetails?
    /// When it was made.
    public var streamCreationTimestamp: Timestamp?

    /// A value from its members.
    public init(
        streamName: String,
        streamARN: String,
        streamStatus: String,
        streamModeDetails: StreamModeDetails? = nil,
        streamCreationTimestamp: Timestamp? = nil
    ) {
        self.streamName = streamName
        self.streamARN = streamARN
        self.streamStatus = streamStatus
        self.streamModeDetails = streamModeDetails
        self.streamCreationTimestamp = streamCreationTimestamp
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case streamARN = "StreamARN"
        case streamStatus = "StreamStatus"
        case streamModeDetails = "StreamModeDetails"
        case streamCreationTimestamp = "StreamCreationTimestamp"
    }
}
