import WeirModel
import WeirStore
import WeirWire

/// What the actions about records of a queue have in common.
extension KinesisService {
    /// Receives records or dead letters.
    func receive(
        _ request: QueueReceiveInput,
        ofDeadLetters: Bool,
        _ call: ActionCall
    ) async throws(ServiceError) -> QueueReceiveOutput {
        var validator = Validator()
        validator.queueARN(request.queueARN)
        validator.number("limit", request.limit, 1...Limits.maximumQueueRecordCount)
        validator.number("waitTimeSeconds", request.waitTimeSeconds, Limits.queueWaitSeconds)
        validator.visibility("visibilityTimeoutSeconds", request.visibilityTimeoutSeconds)
        try validator.finish()

        let queue = try await queue(request.queueARN)
        let receive = QueueReceive(
            isOfDeadLetters: ofDeadLetters,
            maximumCount: request.limit ?? Limits.maximumQueueRecordCount,
            visibilityTimeoutSeconds: request.visibilityTimeoutSeconds,
            waitSeconds: request.waitTimeSeconds ?? Limits.defaultQueueWaitSeconds,
            reply: QueueReply(call)
        )
        let deliveries = try await queueStore().receive(receive, from: queue.resourceID)
        var records: [QueueRecord] = []
        for delivery in deliveries {
            let record = delivery.record
            records.append(
                QueueRecord(
                    receiptHandle: try ReceiptHandle(queue: queue.id, receipt: delivery.receipt).sealed(by: tokens),
                    recordID: record.sequenceNumber.description,
                    partitionKey: record.partitionKey.isEmpty ? nil : record.partitionKey,
                    data: record.data,
                    approximateArrivalTimestamp: record.approximateArrival,
                    firstReceiveTimestamp: delivery.firstReceivedAt,
                    receiveCount: delivery.receiveCount
                )
            )
        }
        return QueueReceiveOutput(queueRecords: records)
    }

    /// Acknowledges records or dead letters.
    func acknowledge(
        _ request: QueueReceiptsInput,
        ofDeadLetters: Bool
    ) async throws(ServiceError) -> QueueEntriesOutput {
        let (queue, handles) = try await receipts(request)
        return try await perform(handles, on: queue, ofDeadLetters: ofDeadLetters) { receipts throws(ServiceError) in
            try await queueStore().acknowledge(receipts.map(\.receipt), in: queue.resourceID)
        }
    }

    /// Restores dead letters.
    func restore(_ request: QueueReceiptsInput) async throws(ServiceError) -> QueueEntriesOutput {
        let (queue, handles) = try await receipts(request)
        return try await perform(handles, on: queue, ofDeadLetters: true) { receipts throws(ServiceError) in
            try await queueStore().restore(receipts.map(\.receipt), in: queue.resourceID)
        }
    }

    /// Changes when records or dead letters become visible.
    func changeVisibility(
        _ request: QueueVisibilityInput,
        ofDeadLetters: Bool
    ) async throws(ServiceError) -> QueueEntriesOutput {
        var validator = Validator()
        validator.queueARN(request.queueARN)
        validator.queueEntries(request.entries?.count)
        let entries = request.entries ?? []
        for (place, entry) in entries.prefix(Limits.maximumQueueRecordCount).enumerated() {
            validator.receiptHandle(entry.receiptHandle, of: place + 1)
            let path = "entries.\(place + 1).member.visibilityTimeoutSeconds"
            validator.require(path, entry.visibilityTimeoutSeconds != nil)
            validator.visibility(path, entry.visibilityTimeoutSeconds)
        }
        try validator.finish()
        let queue = try await queue(request.queueARN)
        let handles = entries.map { $0.receiptHandle ?? "" }
        return try await perform(handles, on: queue, ofDeadLetters: ofDeadLetters) { receipts throws(ServiceError) in
            let changes = receipts.map {
                (receipt: $0.receipt, seconds: entries[$0.place].visibilityTimeoutSeconds ?? 0)
            }
            return try await queueStore().changeVisibility(changes, in: queue.resourceID)
        }
    }

    private func receipts(
        _ request: QueueReceiptsInput
    ) async throws(ServiceError) -> (queue: QueueDescription, handles: [String]) {
        var validator = Validator()
        validator.queueARN(request.queueARN)
        validator.queueEntries(request.entries?.count)
        let entries = request.entries ?? []
        for (place, entry) in entries.prefix(Limits.maximumQueueRecordCount).enumerated() {
            validator.receiptHandle(entry.receiptHandle, of: place + 1)
        }
        try validator.finish()
        return (try await queue(request.queueARN), entries.map { $0.receiptHandle ?? "" })
    }

    /// Does something for those entries whose handles are of the queue and the kind, and tells what became of each.
    private func perform(
        _ handles: [String],
        on queue: QueueDescription,
        ofDeadLetters: Bool,
        _ body: ([(place: Int, receipt: QueueReceipt)]) async throws(ServiceError) -> [Bool]
    ) async throws(ServiceError) -> QueueEntriesOutput {
        var known: [(place: Int, receipt: QueueReceipt)] = []
        for (place, text) in handles.enumerated() {
            guard let handle = ReceiptHandle(text, sealer: tokens), handle.queue == queue.id,
                handle.receipt.isDeadLetter == ofDeadLetters
            else { continue }
            known.append((place, handle.receipt))
        }
        let done = known.isEmpty ? [] : try await body(known)
        let isDone = Dictionary(uniqueKeysWithValues: zip(known.map(\.place), done))
        var output = QueueEntriesOutput(successful: [], failed: [])
        for (place, handle) in handles.enumerated() {
            if isDone[place] == true {
                output.successful.append(QueueResultEntry(receiptHandle: handle))
                continue
            }
            let (code, message): (ServiceError.Code, String) =
                isDone[place] == nil
                ? (.invalidArgument, "The receipt handle is not one that this queue gave for such a record.")
                : (
                    .resourceNotFound,
                    "The receipt handle is not valid any more: the record was acknowledged, received again or restored, or has "
                        + "left the queue."
                )
            output.failed.append(
                QueueErrorEntry(receiptHandle: handle, errorCode: code.rawValue, errorMessage: message)
            )
        }
        return output
    }
}

extension QueueReply {
    /// The memory for the answer of a call.
    fileprivate init(_ call: ActionCall) {
        self.init(
            take: { call.reply?.room ?? .max },
            settle: { bytes in
                if bytes == 0 {
                    call.reply?.release()
                } else {
                    // The records, and the answer that is made of them.
                    call.reply?.allowance?.made(bytes: 2 * bytes)
                }
            },
            didWait: { call.waited?.add(nanoseconds: $0) }
        )
    }
}
