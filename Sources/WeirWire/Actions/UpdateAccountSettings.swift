/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateAccountSettings.html
public enum UpdateAccountSettings: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The commitment as it is to be.
        public var minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentInput?

        /// An input from its members.
        public init(minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentInput? = nil) {
            self.minimumThroughputBillingCommitment = minimumThroughputBillingCommitment
        }

        enum CodingKeys: String, CodingKey {
            case minimumThroughputBillingCommitment = "MinimumThroughputBillingCommitment"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The commitment as it is now.
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
