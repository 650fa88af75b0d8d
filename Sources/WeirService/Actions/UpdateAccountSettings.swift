import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Changes the settings of the account, and tells how they are now.
    func updateAccountSettings(
        _ request: UpdateAccountSettings.Request
    ) async throws(ServiceError) -> UpdateAccountSettings.Response {
        let status = request.minimumThroughputBillingCommitment?.status
        var validator = Validator()
        validator.require("minimumThroughputBillingCommitment", request.minimumThroughputBillingCommitment != nil)
        validator.choice("minimumThroughputBillingCommitment.status", status, of: ["ENABLED", "DISABLED"])
        try validator.finish()
        let commitment = try await store.setThroughputCommitment(isEnabled: status == "ENABLED")
        return UpdateAccountSettings.Response(
            minimumThroughputBillingCommitment: MinimumThroughputBillingCommitmentOutput(commitment, at: now)
        )
    }
}
