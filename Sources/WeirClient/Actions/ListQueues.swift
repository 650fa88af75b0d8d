import WeirModel
import WeirWire

extension KinesisCalling {
    /// A page of the queues, of one stream alone where one is given.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListQueues.html
    public func listQueues(
        streamARN: String? = nil,
        maxResults: Int? = nil,
        nextToken: String? = nil
    ) async throws(ServiceError) -> ListQueues.Response {
        try await call(
            ListQueues.self,
            ListQueues.Request(
                maxResults: maxResults,
                nextToken: nextToken,
                streamFilter: streamARN.map { [QueueStreamFilter(streamARN: $0)] }
            )
        )
    }
}
