import WeirModel

/// Which queues ListQueues gives.
public struct QueueStreamFilter: Codable, Hashable, Sendable {
    /// Those of this stream.
    public var streamARN: String?
    /// Tells streams of one name apart by their creation time.
    public var streamCreationTimestamp: Timestamp?

    /// A value from its members.
    public init(streamARN: String? = nil, streamCreationTimestamp: Timestamp? = nil) {
        self.streamARN = streamARN
        self.streamCreationTimestamp = streamCreationTimestamp
    }

    enum CodingKeys: String, CodingKey {
        case streamARN = "StreamARN"
        case streamCreationTimestamp = "StreamCreationTimestamp"
    }
}
