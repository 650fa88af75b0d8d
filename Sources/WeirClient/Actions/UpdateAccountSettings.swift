import WeirModel
import WeirWire

extension KinesisCalling {
    /// Begins the commitment of the account to a minimum throughput, or gives it up.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateAccountSettings.html
    @discardableResult
    public func updateAccountSettings(
        minimumThroughputBillingCommitment isEnabled: Bool
    ) async throws(ServiceError) -> UpdateAccountSettings.Response {
        let commitment = MinimumThroughputBillingCommitmentInput(status: isEnabled ? "ENABLED" : "DISABLED")
        return try await call(
            UpdateAccountSettings.self,
            UpdateAccountSettings.Request(minimumThroughputBillingCommitment: commitment)
        )
    }
}
