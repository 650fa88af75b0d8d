import NIOCore
import WeirModel
import WeirWire

extension KinesisService {
    /// Performs an action about records of a queue; nil when it is none, or there are no queues.
    func performQueueRecordAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        guard queues != nil else { return nil }
        return switch call.action {
        case "ReceiveQueueRecords":
            try await call.answer { (request) throws(ServiceError) in try await receiveQueueRecords(request, call) }
        case "ReceiveDeadLetterQueueRecords":
            try await call.answer { (request) throws(ServiceError) in
                try await receiveDeadLetterQueueRecords(request, call)
            }
        case "AcknowledgeQueueRecords": try await call.answer(acknowledgeQueueRecords)
        case "AcknowledgeDeadLetterQueueRecords": try await call.answer(acknowledgeDeadLetterQueueRecords)
        case "RestoreDeadLetterQueueRecords": try await call.answer(restoreDeadLetterQueueRecords)
        case "UpdateQueueRecordsVisibility": try await call.answer(updateQueueRecordsVisibility)
        case "UpdateDeadLetterQueueRecordsVisibility": try await call.answer(updateDeadLetterQueueRecordsVisibility)
        default: nil
        }
    }

    /// Performs an action about a queue; nil when it is none, or there are no queues.
    func performQueueAction(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer? {
        guard queues != nil else { return nil }
        return switch call.action {
        case "CreateQueue": try await call.answer(createQueue)
        case "UpdateQueue": try await call.answer(updateQueue)
        case "DeleteQueue": try await call.answer(deleteQueue)
        case "DescribeQueue": try await call.answer(describeQueue)
        case "ListQueues": try await call.answer(listQueues)
        default: nil
        }
    }
}
