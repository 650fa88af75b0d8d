import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The tags of a table, all at once: there are never many.
    func listTagsOfResource(
        _ request: ListTagsOfResource.Request
    ) async throws(ServiceError) -> ListTagsOfResource.Response {
        let name = try tableName(ofARN: request.resourceARN)
        do throws(ServiceError) {
            let tags = try await store.table(name: name).tags
            return ListTagsOfResource.Response(
                tags: tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
            )
        } catch {
            throw error.code == .resourceNotFound ? resourceNotFound(request.resourceARN ?? "") : error
        }
    }
}
