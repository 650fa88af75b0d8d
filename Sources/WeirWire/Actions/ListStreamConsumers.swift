import WeirModel

/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html
public enum ListStreamConsumers: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// Where to go on: from the answer before.
        public var nextToken: String?
        /// Consumers of the answer, at most: 1 to 10,000, of which no more than 100 are given, the default.
        public var maxResults: Int?
        /// Tells streams of one name apart by their creation time.
        public var streamCreationTimestamp: Timestamp?
        /// The ID of the stream.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamARN: String? = nil,
            nextToken: String? = nil,
            maxResults: Int? = nil,
            streamCreationTimestamp: Timestamp? = nil,
            streamID: String? = nil
        ) {
            self.streamARN = streamARN
            self.nextToken = nextToken
            self.maxResults = maxResults
            self.streamCreationTimestamp = streamCreationTimestamp
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case nextToken = "NextToken"
            case maxResults = "MaxResults"
            case streamCreationTimestamp = "StreamCreationTimestamp"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The consumers, by name.
        public var consumers: [Consumer]?
        /// Where to go on, when there are more.
        public var nextToken: String?

        /// An output from its members.
        public init(consumers: [Consumer]? = nil, nextToken: String? = nil) {
            self.consumers = consumers
            self.nextToken = nextToken
        }

        enum CodingKeys: String, CodingKey {
            case consumers = "Consumers"
            case nextToken = "NextToken"
        }
    }
}
