/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html
public enum ListStreams: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Streams of the answer, at most: 1 to 10,000, default 100.
        public var limit: Int?
        /// Go on after this stream.
        public var exclusiveStartStreamName: String?
        /// Where to go on: from the answer before.
        public var nextToken: String?

        /// An input from its members.
        public init(limit: Int? = nil, exclusiveStartStreamName: String? = nil, nextToken: String? = nil) {
            self.limit = limit
            self.exclusiveStartStreamName = exclusiveStartStreamName
            self.nextToken = nextToken
        }

        enum CodingKeys: String, CodingKey {
            case limit = "Limit"
            case exclusiveStartStreamName = "ExclusiveStartStreamName"
            case nextToken = "NextToken"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The names, ascending.
        public var streamNames: [String]
        /// Whether there are more.
        public var hasMoreStreams: Bool
        /// Where to go on, when there are more.
        public var nextToken: String?
        /// The streams, in the order of the names.
        public var streamSummaries: [StreamSummary]?

        /// An output from its members.
        public init(
            streamNames: [String],
            hasMoreStreams: Bool,
            nextToken: String? = nil,
            streamSummaries: [StreamSummary]? = nil
        ) {
            self.streamNames = streamNames
            self.hasMoreStreams = hasMoreStreams
            self.nextToken = nextToken
            self.streamSummaries = streamSummaries
        }

        enum CodingKeys: String, CodingKey {
            case streamNames = "StreamNames"
            case hasMoreStreams = "HasMoreStreams"
            case nextToken = "NextToken"
            case streamSummaries = "StreamSummaries"
        }
    }
}
