import NIOCore
import Synchronization
import WeirClient
import WeirModel
import WeirWire

/// A queue in memory, as far as consumers need it, with faults on demand. Time is the system's.
final class MemoryQueue: KinesisCalling {
    private struct State {
        var queue = ModelQueue()
        var status: String? = "ACTIVE"
        var name = "orders"
        var failure: (@Sendable (String) -> ServiceError?)?
        var failedEntry: (@Sendable (String, String) -> ServiceError.Code?)?
        var calls: [String: Int] = [:]
    }

    static let arn = "arn:aws:kinesis:us-east-1:000000000000:queue/1234"
    private let state = Mutex(State())
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now

    init(recordCount: Int = 0) {
        for _ in 0..<recordCount { put() }
    }

    private var now: UInt64 { UInt64((clock.now - start) / .nanoseconds(1)) }

    // MARK: What tests do

    func put() { state.withLock { $0.queue.put() } }

    /// Answers calls of an action with an error, before they take effect; nil: none.
    func fail(_ failure: (@Sendable (String) -> ServiceError?)?) { state.withLock { $0.failure = failure } }

    /// Answers an entry, by action and receipt handle, with an error.
    func failEntries(_ failure: (@Sendable (String, String) -> ServiceError.Code?)?) {
        state.withLock { $0.failedEntry = failure }
    }

    /// Nil: there is no such queue.
    func setStatus(_ status: String?) { state.withLock { $0.status = status } }

    var acknowledgedCount: Int { state.withLock { $0.queue.records.count(where: \.isAcknowledged) } }
    var receiveCounts: [Int] { state.withLock { $0.queue.records.map(\.receiveCount) } }
    func callCount(_ action: String) -> Int { state.withLock { $0.calls[action] ?? 0 } }

    /// Records that anybody could receive now.
    var visibleCount: Int {
        let now = now
        return state.withLock { $0.queue.records.count { !$0.isAcknowledged && $0.visibleAt <= now } }
    }

    // MARK: Calls

    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        guard let response = try await answer(A.name, request) as? A.Response else {
            throw ServiceError(.unknownOperation, A.name)
        }
        return response
    }

    private func answer(_ action: String, _ request: any Sendable) async throws(ServiceError) -> any Sendable {
        let failure = state.withLock { state in
            state.calls[action, default: 0] += 1
            return state.failure?(action)
        }
        if let failure { throw failure }
        switch request {
        case let receive as QueueReceiveInput: return try await self.receive(receive)
        case let receipts as QueueReceiptsInput:
            return try settle(action, receipts.entries?.map { ($0.receiptHandle ?? "", nil) } ?? [])
        case let changes as QueueVisibilityInput:
            let entries = changes.entries ?? []
            return try settle(action, entries.map { ($0.receiptHandle ?? "", $0.visibilityTimeoutSeconds) })
        case is QueueARNInput: return QueueDescriptionOutput(queueDescription: try description)
        case is ListQueues.Request: return list
        default: throw ServiceError(.unknownOperation, action)
        }
    }

    private func receive(_ request: QueueReceiveInput) async throws(ServiceError) -> QueueReceiveOutput {
        let until = now + UInt64(request.waitTimeSeconds ?? 9) * 1_000_000_000
        let visibility = UInt64(request.visibilityTimeoutSeconds ?? 30) * 1_000_000_000
        while true {
            try checkDelivers()
            let now = now
            let records = state.withLock { state in
                return state.queue.receive(limit: request.limit ?? 10, visibility: visibility, at: now)
            }
            guard records.isEmpty, now < until else {
                return QueueReceiveOutput(queueRecords: records.map { Self.record($0.receipt, $0.receiveCount) })
            }
            do {
                try await Task.sleep(for: .milliseconds(2))
            } catch {
                throw ServiceError(.cancelled, "cancelled")
            }
        }
    }

    private func checkDelivers() throws(ServiceError) {
        guard state.withLock({ $0.status == "ACTIVE" }) else {
            throw ServiceError(.resourceNotFound, "no queue that delivers")
        }
    }

    private static func record(_ receipt: ModelQueue.Receipt, _ receiveCount: Int) -> QueueRecord {
        QueueRecord(
            receiptHandle: "\(receipt.record)/\(receipt.delivery)",
            recordID: "\(receipt.record)",
            partitionKey: "key",
            data: ByteBuffer(string: "data \(receipt.record)"),
            approximateArrivalTimestamp: Timestamp(millisecondsSinceEpoch: 1),
            firstReceiveTimestamp: Timestamp(millisecondsSinceEpoch: 2),
            receiveCount: receiveCount
        )
    }

    private func settle(
        _ action: String,
        _ entries: [(handle: String, seconds: Int?)]
    ) throws(ServiceError) -> QueueEntriesOutput {
        guard state.withLock({ $0.status != nil }) else { throw ServiceError(.resourceNotFound, "no queue") }
        let now = now
        var output = QueueEntriesOutput(successful: [], failed: [])
        for (handle, seconds) in entries {
            let parts = handle.split(separator: "/").compactMap { Int($0) }
            let code = state.withLock { state -> ServiceError.Code? in
                if let code = state.failedEntry?(action, handle) { return code }
                let receipt = ModelQueue.Receipt(record: parts[0], delivery: parts[1])
                let isDone =
                    if let seconds {
                        state.queue.changeVisibility(receipt, seconds: seconds, at: now)
                    } else {
                        state.queue.acknowledge(receipt)
                    }
                return isDone ? nil : .resourceNotFound
            }
            if let code {
                output.failed.append(QueueErrorEntry(receiptHandle: handle, errorCode: code.rawValue))
            } else {
                output.successful.append(QueueResultEntry(receiptHandle: handle))
            }
        }
        return output
    }

    private var description: QueueDescriptionShape {
        get throws(ServiceError) {
            guard let status = state.withLock({ $0.status }) else { throw ServiceError(.resourceNotFound, "no queue") }
            return QueueDescriptionShape(
                queueName: state.withLock(\.name),
                queueARN: Self.arn,
                queueStatus: status,
                queueCreationTimestamp: Timestamp(millisecondsSinceEpoch: 0),
                streamConfigurationList: []
            )
        }
    }

    private var list: ListQueues.Response {
        guard let queue = try? description else { return ListQueues.Response(queueSummaries: []) }
        let summary = QueueSummary(
            queueName: queue.queueName,
            queueARN: queue.queueARN,
            queueStatus: queue.queueStatus,
            queueCreationTimestamp: queue.queueCreationTimestamp,
            streams: []
        )
        return ListQueues.Response(queueSummaries: [summary])
    }
}
