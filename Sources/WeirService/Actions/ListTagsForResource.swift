import WeirModel
import WeirWire

extension KinesisService {
    /// All tags.
    func listTagsForResource(
        _ request: ListTagsForResource.Request
    ) async throws(ServiceError) -> ListTagsForResource.Response {
        var validator = Validator()
        validator.resource(request.resourceARN, request.streamID)
        try validator.finish()
        return ListTagsForResource.Response(tags: try await taggedResource(request.resourceARN, request.streamID).tags)
    }
}
