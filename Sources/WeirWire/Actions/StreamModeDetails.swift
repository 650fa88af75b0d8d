/// The capacity mode of a stream.
public struct StreamModeDetails: Codable, Hashable, Sendable {
    /// `PROVISIONED` or `ON_DEMAND`.
    public var streamMode: String

    /// A value from its members.
    public init(streamMode: String) {
        self.streamMode = streamMode
    }

    enum CodingKeys: String, CodingKey {
        case streamMode = "StreamMode"
    }
}
