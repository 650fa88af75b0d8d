import WeirModel
import WeirWire

extension KinesisService {
    /// All tags.
    func listTagsForResource(
        _ request: ListTagsForResource.Request
    ) async throws(ServiceError) -> ListTagsForResource.Response {
        var validator = Validator()
        validator.resource(request.resourceARN)
        try validator.finish()
        let stream = try await stream(try taggedStream(request.resourceARN))
        return ListTagsForResource.Response(tags: StreamTags.sorted(stream.tags))
    }
}
