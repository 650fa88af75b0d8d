import WeirModel
import WeirWire

extension KinesisService {
    /// Sets tags; those of the same key are replaced.
    func addTagsToStream(_ request: AddTagsToStream.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.tags(request.tags)
        try validator.finish()
        let tags = request.tags ?? [:]
        try StreamTags.validate(tags)
        return try await changeTags(
            of: try await streamName(request.streamName, request.streamARN, request.streamID),
            setting: tags
        )
    }
}
