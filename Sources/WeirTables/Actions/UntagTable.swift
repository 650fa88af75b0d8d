import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Removes tags of a table. Keys that it does not have are passed over.
    func untagTable(_ request: UntagTable.Request) async throws(ServiceError) -> UntagTable.Response {
        let name = try tableName(ofARN: request.resourceARN)
        let keys = Set(request.tagKeys ?? [])
        guard !keys.isEmpty else {
            throw ServiceError(.validation, "Atleast one Tag Key needs to be provided as Input.")
        }
        try await changeTags(name, request.resourceARN) { tags in tags.filter { !keys.contains($0.key) } }
        return EmptyResponse()
    }
}
