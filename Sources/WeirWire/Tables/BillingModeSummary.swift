/// How the table is paid for; stored only.
public struct BillingModeSummary: Codable, Hashable, Sendable {
    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    public var billingMode: String

    /// A value from its members.
    public init(billingMode: String) {
        self.billingMode = billingMode
    }

    enum CodingKeys: String, CodingKey {
        case billingMode = "BillingMode"
    }
}
