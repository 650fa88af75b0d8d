/// Whether an account commits itself to a minimum throughput.
public struct MinimumThroughputBillingCommitmentInput: Codable, Hashable, Sendable {
    /// `ENABLED` or `DISABLED`.
    public var status: String

    /// A value from its members.
    public init(status: String) {
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case status = "Status"
    }
}
