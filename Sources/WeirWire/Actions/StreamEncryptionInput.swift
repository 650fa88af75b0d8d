/// Which encryption of a stream is started or stopped.
public struct StreamEncryptionInput: WireMessage, Codable, Hashable {
    /// The name of the stream.
    public var streamName: String?
    /// `KMS`.
    public var encryptionType: String?
    /// The ID, ARN or alias of a key.
    public var keyID: String?
    /// The ARN of the stream, instead of its name.
    public var streamARN: String?
    /// The ID of the stream, instead of its name or ARN.
    public var streamID: String?

    /// An input from its members.
    public init(
        streamName: String? = nil,
        encryptionType: String? = nil,
        keyID: String? = nil,
        streamARN: String? = nil,
        streamID: String? = nil
    ) {
        self.streamName = streamName
        self.encryptionType = encryptionType
        self.keyID = keyID
        self.streamARN = streamARN
        self.streamID = streamID
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case encryptionType = "EncryptionType"
        case keyID = "KeyId"
        case streamARN = "StreamARN"
        case streamID = "StreamId"
    }
}
