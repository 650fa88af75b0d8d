import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// The settings of the account.
    func describeAccountSettings(
        _ request: DescribeAccountSettings.Request
    ) async throws(ServiceError) -> DescribeAccountSettings.Response {
        let commitment = try await store.throughputCommitment()
        return DescribeAccountSettings.Response(
            minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentOutput(commitment, at: now)
        )
    }
}

extension MinimumThroughputBillingCommitmentOutput {
    /// How a commitment looks at a time.
    init(_ commitment: ThroughputCommitment, at now: Timestamp) {
        let isInForce = commitment.isInForce(at: now)
        self.init(
            status: commitment.status(at: now).rawValue,
            startedAt: commitment.startedAt,
            endedAt: isInForce ? nil : commitment.endsAt,
            earliestAllowedEndAt: isInForce ? commitment.earliestAllowedEnd : nil
        )
    }
}
