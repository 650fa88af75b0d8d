import WeirModel
import WeirWire

extension KinesisCalling {
    /// All tags of a stream, by key. Reads page after page.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html
    public func listTags(ofStream stream: String) async throws(ServiceError) -> [Tag] {
        var tags: [Tag] = []
        while true {
            let page = try await call(
                ListTagsForStream.self,
                ListTagsForStream.Request(streamName: stream, exclusiveStartTagKey: tags.last?.key)
            )
            tags += page.tags
            if !page.hasMoreTags || page.tags.isEmpty { return tags }
        }
    }
}
