import WeirModel
import WeirWire

extension KinesisCalling {
    /// The queue of a name, which is unique in its account and region; nil when there is none. One that is being deleted only where
    /// there is no other.
    ///
    /// The service has no call that finds one: it asks for all, page by page.
    package func findQueue(named name: String) async throws(ServiceError) -> QueueSummary? {
        var token: String?
        var leaving: QueueSummary?
        repeat {
            let page = try await listQueues(nextToken: token)
            for queue in page.queueSummaries where queue.queueName == name {
                guard queue.queueStatus == QueueStatus.deleting.rawValue else { return queue }
                leaving = queue
            }
            token = page.nextToken
        } while token != nil
        return leaving
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
