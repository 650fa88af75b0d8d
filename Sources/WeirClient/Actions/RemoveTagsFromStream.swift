import WeirModel
import WeirWire

extension KinesisCalling {
    /// Removes the tags of these keys from a stream.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RemoveTagsFromStream.html
    public func removeTags(_ keys: [String], fromStream stream: String) async throws(ServiceError) {
        _ = try await call(RemoveTagsFromStream.self, RemoveTagsFromStream.Request(streamName: stream, tagKeys: keys))
    }
}
