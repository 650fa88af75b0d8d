import WeirModel
import WeirWire

extension KinesisService {
    /// Removes tags. Keys that the stream does not have do not matter.
    func removeTagsFromStream(_ request: RemoveTagsFromStream.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.tagKeys(request.tagKeys)
        try validator.finish()
        let keys = request.tagKeys ?? []
        for key in keys { try StreamTags.validate(key: key) }
        return try await changeTags(
            of: try await streamName(request.streamName, request.streamARN, request.streamID),
            removing: keys
        )
    }
}
