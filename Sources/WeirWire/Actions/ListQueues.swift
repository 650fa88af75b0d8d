/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListQueues.html
public enum ListQueues: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Queues of the answer, at most: 1 to 10,000, the default.
        public var maxResults: Int?
        /// Where to go on: from the answer before.
        public var nextToken: String?
        /// The queues of one stream alone.
        public var streamFilter: [QueueStreamFilter]?

        /// An input from its members.
        public init(
            maxResults: Int? = nil,
            nextToken: String? = nil,
            streamFilter: [QueueStreamFilter]? = nil
        ) {
            self.maxResults = maxResults
            self.nextToken = nextToken
            self.streamFilter = streamFilter
        }

        enum CodingKeys: String, CodingKey {
            case maxResults = "MaxResults"
            case nextToken = "NextToken"
            case streamFilter = "StreamFilter"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The queues, by name.
        public var queueSummaries: [QueueSummary]
        /// Where to go on, when there are more.
        public var nextToken: String?

        /// An output from its members.
        public init(queueSummaries: [QueueSummary], nextToken: String? = nil) {
            self.queueSummaries = queueSummaries
            self.nextToken = nextToken
        }

        enum CodingKeys: String, CodingKey {
            case queueSummaries = "QueueSummaries"
            case nextToken = "NextToken"
        }
    }
}
