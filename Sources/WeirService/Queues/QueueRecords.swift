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
        let records = deliveries.map { delivery in
            QueueRecord(
                receiptHandle: receipts.text(of: ReceiptHandle(queue: queue.id, receipt: delivery.receipt)),
                recordID: delivery.record.sequenceNumber,
                partitionKey: delivery.record.partitionKey.isEmpty ? nil : delivery.record.partitionKey,
                data: delivery.record.data,
                approximateArrivalTimestamp: delivery.record.approximateArrival,
                firstReceiveTimestamp: delivery.firstReceivedAt,
                receiveCount: delivery.receiveCount
            )
        }
        return QueueReceiveOutput(queueRecords: records)
    }

    /// Acknowledges records or dead letters.
    func acknowledge(
        _ request: QueueReceiptsInput,
        ofDeadLetters: Bool
    ) async throws(ServiceError) -> QueueEntriesOutput {
        let (queue, handles) = try await handles(request)
        return try await perform(handles, on: queue, ofDeadLetters: ofDeadLetters) { receipts throws(ServiceError) in
            try await queueStore().acknowledge(receipts.map(\.receipt), in: queue.resourceID)
        }
    }

    /// Restores dead letters.
    func restore(_ request: QueueReceiptsInput) async throws(ServiceError) -> QueueEntriesOutput {
        let (queue, handles) = try await handles(request)
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

    private func handles(
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
        known.reserveCapacity(handles.count)
        for (place, text) in handles.enumerated() {
            guard let handle = receipts.handle(text), handle.queue == queue.id,
                handle.receipt.isDeadLetter == ofDeadLetters
            else { continue }
            known.append((place, handle.receipt))
        }
        let done = known.isEmpty ? [] : try await body(known)
        var isDone = [Bool?](repeating: nil, count: handles.count)
        for (entry, done) in zip(known, done) { isDone[entry.place] = done }
        var output = QueueEntriesOutput(successful: [], failed: [])
        output.successful.reserveCapacity(done.count)
        for (handle, isDone) in zip(handles, isDone) {
            switch isDone {
            case true?: output.successful.append(QueueResultEntry(receiptHandle: handle))
            case false?: output.failed.append(Self.expired(handle))
            case nil: output.failed.append(Self.unknown(handle))
            }
        }
        return output
    }

    private static func expired(_ handle: String) -> QueueErrorEntry {
        QueueErrorEntry(
            receiptHandle: handle,
            errorCode: ServiceError.Code.resourceNotFound.rawValue,
            errorMessage:
                "The receipt handle is not valid any more: the record was acknowledged, received again or restored, or "
                + "has left the queue."
        )
    }

    private static func unknown(_ handle: String) -> QueueErrorEntry {
        QueueErrorEntry(
            receiptHandle: handle,
            errorCode: ServiceError.Code.invalidArgument.rawValue,
            errorMessage: "The receipt handle is not one that this queue gave for such a record."
        )
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
