/// The stream whose records a queue delivers.
public struct QueueStreamConfiguration: Codable, Hashable, Sendable {
    /// The ARN of the stream.
    public var streamARN: String?
    /// Where the queue begins: at `LATEST` unless it says otherwise.
    public var startingPosition: QueueStartingPositionShape?

    /// A value from its members.
    public init(streamARN: String? = nil, startingPosition: QueueStartingPositionShape? = nil) {
        self.streamARN = streamARN
        self.startingPosition = startingPosition
    }

    enum CodingKeys: String, CodingKey {
        case streamARN = "StreamARN"
        case startingPosition = "StartingPosition"
    }
}
