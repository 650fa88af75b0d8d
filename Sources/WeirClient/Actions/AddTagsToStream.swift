import WeirModel
import WeirWire

extension KinesisCalling {
    /// Adds tags to a stream, or changes their values: at most 50 in all.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AddTagsToStream.html
    public func addTags(_ tags: [String: String], toStream stream: String) async throws(ServiceError) {
        _ = try await call(AddTagsToStream.self, AddTagsToStream.Request(streamName: stream, tags: tags))
    }
}
