import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Lets the items of a table expire, or lets them be.
    func updateTimeToLive(
        _ request: UpdateTimeToLive.Request
    ) async throws(ServiceError) -> UpdateTimeToLive.Response {
        let name = try tableName(request.tableName)
        let specification = request.timeToLiveSpecification
        var validator = Validator()
        validator.table(name)
        validator.require("timeToLiveSpecification", specification != nil)
        if let specification {
            validator.require("timeToLiveSpecification.enabled", specification.enabled != nil)
            validator.require("timeToLiveSpecification.attributeName", specification.attributeName != nil)
            validator.text(
                "timeToLiveSpecification.attributeName",
                specification.attributeName,
                length: 1...Limits.maximumExpiryAttributeLength
            )
        }
        try validator.finish()
        let isEnabled = specification?.enabled ?? false
        let attribute = specification?.attributeName ?? ""
        do throws(ServiceError) {
            try await store.changeTable(name: name) { table throws(ServiceError) in
                if let current = table.expiryAttribute, current != attribute {
                    throw ServiceError(
                        .validation,
                        "TimeToLive is active on a different AttributeName: current AttributeName is \(current)"
                    )
                }
                guard isEnabled == (table.expiryAttribute == nil) else {
                    throw ServiceError(.validation, "TimeToLive is already \(isEnabled ? "enabled" : "disabled")")
                }
                table.expiryAttribute = isEnabled ? attribute : nil
            }
            return UpdateTimeToLive.Response(
                timeToLiveSpecification: TimeToLiveSpecification(attributeName: attribute, enabled: isEnabled)
            )
        } catch {
            throw tableError(error, name)
        }
    }
}
