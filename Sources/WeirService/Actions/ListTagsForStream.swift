import WeirModel
import WeirWire

extension KinesisService {
    /// A page of tags.
    func listTagsForStream(_ request: ListTagsForStream.Request) async throws(ServiceError)
        -> ListTagsForStream.Response
    {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.text(
            "exclusiveStartTagKey",
            request.exclusiveStartTagKey,
            length: 1...Limits.maximumTagKeyLength
        )
        validator.number("limit", request.limit, 1...Limits.maximumTagKeysPerCall)
        try validator.finish()
        let stream = try await stream(try await streamName(request.streamName, request.streamARN, request.streamID))
        var tags = StreamTags.sorted(stream.tags)
        if let start = request.exclusiveStartTagKey { tags.removeAll { $0.key <= start } }
        let page = tags.prefix(request.limit ?? Limits.maximumTagKeysPerCall)
        return ListTagsForStream.Response(tags: Array(page), hasMoreTags: page.count < tags.count)
    }
}
