import NIOCore
import WeirModel
import WeirWire

@testable import WeirClient

private let queueAnswer = """
    {"QueueDescription":{"QueueName":"q","QueueARN":"arn","QueueStatus":"ACTIVE","QueueCreationTimestamp":1.5,\
    "StreamConfigurationList":[{"StreamARN":"stream"}],"QueueAttributes":{"VisibilityTimeoutSeconds":30}}}
    """

private let recordAnswer = """
    {"QueueRecords":[{"ReceiptHandle":"r","RecordId":"7","Data":"eA==","ApproximateArrivalTimestamp":1.5,\
    "FirstReceiveTimestamp":2.5,"ReceiveCount":3}]}
    """

private let entriesAnswer =
    #"{"Successful":[{"ReceiptHandle":"a"}],"Failed":[{"ReceiptHandle":"b","ErrorCode":"ResourceNotFoundException"}]}"#

private func text(_ output: QueueEntriesOutput) -> String {
    let successful = output.successful.map(\.receiptHandle).joined(separator: ",")
    return "\(successful) \(output.failed.map { "\($0.receiptHandle): \($0.errorCode)" }.joined(separator: ","))"
}

private func text(_ records: [QueueRecord]) -> String {
    records.map { "\($0.recordID) \($0.receiptHandle) \(String(buffer: $0.data)) \($0.receiveCount)" }.joined()
}

private let entriesResult = "a b: ResourceNotFoundException"

/// Every action of queues.
let queueCases = [
    ActionCase(
        "createQueue",
        answers: [queueAnswer],
        calls: [
            """
            CreateQueue {"QueueName":"q","StreamConfigurationList":[{"StreamARN":"stream",\
            "StartingPosition":{"Type":"TRIM_HORIZON"}}],"QueueAttributes":{"VisibilityTimeoutSeconds":30,\
            "DeadLetterConfiguration":{"TargetType":"BUILT_IN","MaxReceiveCount":3}},"Tags":{"a":"b"}}
            """
        ],
        result: "arn"
    ) {
        try await $0.createQueue(
            "q",
            streamARN: "stream",
            position: .init(type: "TRIM_HORIZON"),
            attributes: .init(
                visibilityTimeoutSeconds: 30,
                deadLetterConfiguration: .init(targetType: "BUILT_IN", maxReceiveCount: 3)
            ),
            tags: ["a": "b"]
        ).queueARN
    },
    ActionCase(
        "createQueue with the defaults",
        answers: [queueAnswer],
        calls: [#"CreateQueue {"QueueName":"q","StreamConfigurationList":[{"StreamARN":"stream"}]}"#],
        result: "ACTIVE"
    ) { try await $0.createQueue("q", streamARN: "stream").queueStatus },
    ActionCase(
        "updateQueue",
        answers: [queueAnswer],
        calls: [#"UpdateQueue {"QueueARN":"arn","QueueAttributes":{"VisibilityTimeoutSeconds":7}}"#],
        result: "q"
    ) { try await $0.updateQueue(arn: "arn", attributes: .init(visibilityTimeoutSeconds: 7)).queueName },
    ActionCase("deleteQueue", calls: [#"DeleteQueue {"QueueARN":"arn"}"#]) {
        try await $0.deleteQueue(arn: "arn")
        return ""
    },
    ActionCase(
        "describeQueue",
        answers: [queueAnswer],
        calls: [#"DescribeQueue {"QueueARN":"arn"}"#],
        result: "30"
    ) { "\(try await $0.describeQueue(arn: "arn").queueAttributes?.visibilityTimeoutSeconds ?? 0)" },
    ActionCase(
        "listQueues",
        answers: [
            """
            {"QueueSummaries":[{"QueueName":"q","QueueARN":"arn","QueueStatus":"ACTIVE","QueueCreationTimestamp":1.5,\
            "Streams":[{"StreamARN":"stream","StreamCreationTimestamp":0.5}]}],"NextToken":"t"}
            """
        ],
        calls: [
            #"ListQueues {"MaxResults":2,"NextToken":"s","StreamFilter":[{"StreamARN":"stream"}]}"#
        ],
        result: "q t"
    ) {
        let page = try await $0.listQueues(streamARN: "stream", maxResults: 2, nextToken: "s")
        return "\(page.queueSummaries.map(\.queueName).joined()) \(page.nextToken ?? "")"
    },
    ActionCase(
        "receiveQueueRecords",
        answers: [recordAnswer],
        calls: [
            #"ReceiveQueueRecords {"QueueARN":"arn","Limit":3,"WaitTimeSeconds":20,"VisibilityTimeoutSeconds":60}"#
        ],
        result: "7 r x 3"
    ) {
        text(
            try await $0.receiveQueueRecords(
                arn: "arn",
                limit: 3,
                waitTimeSeconds: 20,
                visibilityTimeoutSeconds: 60
            )
        )
    },
    ActionCase(
        "receiveDeadLetterQueueRecords",
        answers: [recordAnswer],
        calls: [#"ReceiveDeadLetterQueueRecords {"QueueARN":"arn"}"#],
        result: "7 r x 3"
    ) { text(try await $0.receiveDeadLetterQueueRecords(arn: "arn")) },
    ActionCase(
        "acknowledgeQueueRecords",
        answers: [entriesAnswer],
        calls: [#"AcknowledgeQueueRecords {"QueueARN":"arn","Entries":[{"ReceiptHandle":"a"},{"ReceiptHandle":"b"}]}"#],
        result: entriesResult
    ) { text(try await $0.acknowledgeQueueRecords(arn: "arn", receiptHandles: ["a", "b"])) },
    ActionCase(
        "acknowledgeDeadLetterQueueRecords",
        answers: [entriesAnswer],
        calls: [#"AcknowledgeDeadLetterQueueRecords {"QueueARN":"arn","Entries":[{"ReceiptHandle":"a"}]}"#],
        result: entriesResult
    ) { text(try await $0.acknowledgeDeadLetterQueueRecords(arn: "arn", receiptHandles: ["a"])) },
    ActionCase(
        "restoreDeadLetterQueueRecords",
        answers: [entriesAnswer],
        calls: [#"RestoreDeadLetterQueueRecords {"QueueARN":"arn","Entries":[{"ReceiptHandle":"a"}]}"#],
        result: entriesResult
    ) { text(try await $0.restoreDeadLetterQueueRecords(arn: "arn", receiptHandles: ["a"])) },
    ActionCase(
        "updateQueueRecordsVisibility",
        answers: [entriesAnswer],
        calls: [
            """
            UpdateQueueRecordsVisibility {"QueueARN":"arn","Entries":[{"ReceiptHandle":"a",\
            "VisibilityTimeoutSeconds":0}]}
            """
        ],
        result: entriesResult
    ) {
        let entries = [QueueVisibilityEntry(receiptHandle: "a", visibilityTimeoutSeconds: 0)]
        return text(try await $0.updateQueueRecordsVisibility(arn: "arn", entries: entries))
    },
    ActionCase(
        "updateDeadLetterQueueRecordsVisibility",
        answers: [entriesAnswer],
        calls: [
            """
            UpdateDeadLetterQueueRecordsVisibility {"QueueARN":"arn","Entries":[{"ReceiptHandle":"a",\
            "VisibilityTimeoutSeconds":43200}]}
            """
        ],
        result: entriesResult
    ) {
        let entries = [QueueVisibilityEntry(receiptHandle: "a", visibilityTimeoutSeconds: 43_200)]
        return text(try await $0.updateDeadLetterQueueRecordsVisibility(arn: "arn", entries: entries))
    },
]
