import WeirModel
import WeirWire

extension KinesisCalling {
    /// The queue of a name, which is unique in its account and region; nil when there is none.
    ///
    /// The service has no call that finds one: it asks for all, page by page.
    package func findQueue(named name: String) async throws(ServiceError) -> QueueSummary? {
        var token: String?
        repeat {
            let page = try await listQueues(nextToken: token)
            if let found = page.queueSummaries.first(where: { $0.queueName == name }) { return found }
            token = page.nextToken
        } while token != nil
        return nil
    }

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
