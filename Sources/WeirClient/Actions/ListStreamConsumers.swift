import WeirModel
import WeirWire

extension KinesisCalling {
    /// All consumers of a stream, by name. Reads page after page.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreamConsumers.html
    public func listStreamConsumers(streamARN: String) async throws(ServiceError) -> [Consumer] {
        var consumers: [Consumer] = []
        var request = ListStreamConsumers.Request(streamARN: streamARN)
        while true {
            let page = try await call(ListStreamConsumers.self, request)
            consumers += page.consumers ?? []
            guard let token = page.nextToken else { return consumers }
            request.nextToken = token
        }
    }
}
