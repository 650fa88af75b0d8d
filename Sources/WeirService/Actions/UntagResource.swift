import WeirModel
import WeirWire

extension KinesisService {
    /// Removes tags. Keys that the resource does not have do not matter.
    func untagResource(_ request: UntagResource.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.tagKeys(request.tagKeys)
        validator.resource(request.resourceARN, request.streamID)
        try validator.finish()
        let keys = request.tagKeys ?? []
        for key in keys { try StreamTags.validate(key: key) }
        return try await changeTags(of: try await taggedResource(request.resourceARN, request.streamID), removing: keys)
    }
}
