import WeirModel

/// A stream of a queue.
public struct QueueStreamIdentifier: Codable, Hashable, Sendable {
    /// The ARN of the stream.
    public var streamARN: String
    /// When the stream was made.
    public var streamCreationTimestamp: Timestamp

    /// A value from its members.
    public init(streamARN: String, streamCreationTimestamp: Timestamp) {
        self.streamARN = streamARN
        self.streamCreationTimestamp = streamCreationTimestamp
    }

    enum CodingKeys: String, CodingKey {
        case streamARN = "StreamARN"
        case streamCreationTimestamp = "StreamCreationTimestamp"
    }
}
