/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeAccountSettings.html
public enum DescribeAccountSettings: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// An input without members.
        public init() {}
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The commitment as it is.
        public var minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentOutput?

        /// An output from its members.
        public init(minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentOutput? = nil) {
            self.minimumThroughputBillingCommitment = minimumThroughputBillingCommitment
        }

        enum CodingKeys: String, CodingKey {
            case minimumThroughputBillingCommitment = "MinimumThroughputBillingCommitment"
        }
    }
}
