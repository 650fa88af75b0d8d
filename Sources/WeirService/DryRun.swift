import WeirModel

extension KinesisService {
    /// Ends a call that only wanted to know whether it would succeed: everything was checked, and nothing is done.
    func endDryRun(_ isDryRun: Bool?) throws(ServiceError) {
        guard isDryRun == true else { return }
        throw ServiceError(.dryRunOperation, "The request was rejected because the DryRun parameter was specified.")
    }
}
