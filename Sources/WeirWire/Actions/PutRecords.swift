/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
public enum PutRecords: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The records: 1 to 500.
        public var records: [PutRecordsRequestEntry]?
        /// The name of the stream.
        public var streamName: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?
        /// Whether only to check that the call would succeed.
        public var isDryRun: Bool?

        /// An input from its members.
        public init(
            records: [PutRecordsRequestEntry]? = nil,
            streamName: String? = nil,
            streamARN: String? = nil,
            streamID: String? = nil,
            isDryRun: Bool? = nil
        ) {
            self.records = records
            self.streamName = streamName
            self.streamARN = streamARN
            self.streamID = streamID
            self.isDryRun = isDryRun
        }

        enum CodingKeys: String, CodingKey {
            case records = "Records"
            case streamName = "StreamName"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case isDryRun = "DryRun"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// How many were not put.
        public var failedRecordCount: Int?
        /// What became of each, in the order of the request.
        public var records: [PutRecordsResultEntry]
        /// `NONE` or `KMS`.
        public var encryptionType: String?

        /// An output from its members.
        public init(failedRecordCount: Int? = nil, records: [PutRecordsResultEntry], encryptionType: String? = nil) {
            self.failedRecordCount = failedRecordCount
            self.records = records
            self.encryptionType = encryptionType
        }

        enum CodingKeys: String, CodingKey {
            case failedRecordCount = "FailedRecordCount"
            case records = "Records"
            case encryptionType = "EncryptionType"
        }
    }
}
