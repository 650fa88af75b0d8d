import NIOCore
import WeirModel

@testable import WeirWire

extension Samples {
    private static let queueARN = "arn:aws:kinesis:eu-west-1:000000000000:queue/abcdefghij0123456789"
    private static let queueStreamARN = "arn:aws:kinesis:eu-west-1:000000000000:stream/s"
    private static let queueAttributes = QueueAttributesShape(
        visibilityTimeoutSeconds: 43_200,
        deadLetterConfiguration: .init(targetType: "BUILT_IN", maxReceiveCount: 6)
    )
    private static let queueStreams = [
        QueueStreamConfiguration(
            streamARN: queueStreamARN,
            startingPosition: .init(type: "AT_TIMESTAMP", timestamp: time)
        )
    ]

    /// A message of each action of queues.
    static let queueMessages: [any WireMessage & Codable] = [
        CreateQueue.Request(
            queueName: "q",
            streamConfigurationList: queueStreams,
            queueAttributes: queueAttributes,
            tags: ["a": "é"]
        ),
        UpdateQueue.Request(queueARN: queueARN, queueAttributes: queueAttributes),
        QueueARNInput(queueARN: queueARN),
        QueueDescriptionOutput(
            queueDescription: QueueDescriptionShape(
                queueName: "q",
                queueARN: queueARN,
                queueStatus: "ACTIVE",
                queueCreationTimestamp: time,
                streamConfigurationList: queueStreams,
                queueAttributes: queueAttributes
            )
        ),
        ListQueues.Request(
            maxResults: 10_000,
            nextToken: "n",
            streamFilter: [.init(streamARN: queueStreamARN, streamCreationTimestamp: time)]
        ),
        ListQueues.Response(
            queueSummaries: [
                QueueSummary(
                    queueName: "q",
                    queueARN: queueARN,
                    queueStatus: "DELETING",
                    queueCreationTimestamp: time,
                    streams: [.init(streamARN: queueStreamARN, streamCreationTimestamp: time)]
                )
            ],
            nextToken: "n"
        ),
        QueueReceiveInput(queueARN: queueARN, limit: 10, waitTimeSeconds: 20, visibilityTimeoutSeconds: 0),
        QueueReceiveOutput(
            queueRecords: [
                QueueRecord(
                    receiptHandle: "AAA/+=",
                    recordID: "49",
                    partitionKey: "k \"1\"",
                    data: ByteBuffer(string: "data"),
                    approximateArrivalTimestamp: time,
                    firstReceiveTimestamp: time,
                    receiveCount: 2
                )
            ]
        ),
        QueueReceiptsInput(queueARN: queueARN, entries: [.init(receiptHandle: "r")]),
        QueueVisibilityInput(queueARN: queueARN, entries: [.init(receiptHandle: "r", visibilityTimeoutSeconds: 5)]),
        QueueEntriesOutput(
            successful: [.init(receiptHandle: "r")],
            failed: [.init(receiptHandle: "s", errorCode: "ResourceNotFoundException", errorMessage: "gone")]
        ),
    ]
}
