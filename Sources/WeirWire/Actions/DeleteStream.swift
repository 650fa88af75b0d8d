/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
public enum DeleteStream: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// Whether to delete the stream although consumers are registered.
        public var enforceConsumerDeletion: Bool?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            enforceConsumerDeletion: Bool? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.enforceConsumerDeletion = enforceConsumerDeletion
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case enforceConsumerDeletion = "EnforceConsumerDeletion"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
