import WeirModel
import WeirWire

extension KinesisService {
    /// Sets tags; those of the same key are replaced.
    func tagResource(_ request: TagResource.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.tags(request.tags)
        validator.resource(request.resourceARN, request.streamID)
        try validator.finish()
        let tags = request.tags ?? [:]
        try StreamTags.validate(tags)
        return try await changeTags(of: try await taggedResource(request.resourceARN, request.streamID), setting: tags)
    }
}
