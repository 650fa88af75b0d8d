import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Sets tags of a table.
    func tagTable(_ request: TagTable.Request) async throws(ServiceError) -> TagTable.Response {
        let name = try tableName(ofARN: request.resourceARN)
        let tags = request.tags ?? []
        guard !tags.isEmpty else {
            throw ServiceError(.validation, "Atleast one Tag needs to be provided as Input.")
        }
        try await changeTags(name, request.resourceARN) { old throws(ServiceError) in
            try self.tags(tags, addedTo: old)
        }
        return EmptyResponse()
    }

    /// Tags with others that take the place of those with the same key. Throws `validation` when they are not right, or
    /// too many.
    func tags(_ added: [Tag], addedTo old: [String: String]) throws(ServiceError) -> [String: String] {
        var validator = Validator()
        for (place, tag) in added.enumerated() {
            let path = "tags.\(place + 1).member"
            validator.text("\(path).key", tag.key, length: 1...Limits.maximumTagKeyLength)
            validator.require("\(path).value", tag.value != nil)
            validator.text("\(path).value", tag.value, length: 0...Limits.maximumTagValueLength)
        }
        try validator.finish()
        let tags = old.merging(added.map { ($0.key, $0.value ?? "") }) { _, new in new }
        guard tags.count <= Limits.maximumTagCount else {
            throw ServiceError(
                .validation,
                "One or more parameter values were invalid: Too many tags: \(tags.count), at most \(Limits.maximumTagCount)"
            )
        }
        return tags
    }

    /// The table of an ARN. Throws `validation` when it is none, `resourceNotFound` when it is of another account or region,
    /// `accessDenied` when the caller may not perform the action on it.
    func tableName(ofARN arn: String?) throws(ServiceError) -> String {
        guard let arn, !arn.isEmpty else { throw ServiceError(.validation, "Invalid TableArn") }
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "dynamodb", parts[5].hasPrefix("table/") else {
            throw ServiceError(.validation, "Invalid TableArn: Invalid ResourceArn provided as input \(arn)")
        }
        guard parts[3] == region, parts[4] == account else { throw resourceNotFound(arn) }
        let name = String(parts[5].dropFirst("table/".count))
        try authorize(table: name)
        return name
    }

    /// Changes the tags of a table.
    func changeTags(
        _ name: String,
        _ arn: String?,
        _ change: @escaping @Sendable ([String: String]) throws(ServiceError) -> [String: String]
    ) async throws(ServiceError) {
        do throws(ServiceError) {
            try await store.changeTable(name: name) { table throws(ServiceError) in
                table.tags = try change(table.tags)
            }
        } catch {
            throw error.code == .resourceNotFound ? resourceNotFound(arn ?? "") : error
        }
    }

    /// The misspelling is the service's.
    func resourceNotFound(_ arn: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Requested resource not found: ResourcArn: \(arn) not found")
    }
}
