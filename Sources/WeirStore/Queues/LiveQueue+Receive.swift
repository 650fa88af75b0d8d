import WeirLog
import WeirModel
import WeirRuntime

extension LiveQueue {
    /// Delivers records, and waits for one where none is visible.
    func receive(_ receive: QueueReceive) async throws(ServiceError) -> [QueueDelivery] {
        let path: QueuePath = receive.isOfDeadLetters ? .deadLetters : .records
        let bell = bell(path)
        let deadline = time.monotonicNanoseconds + UInt64(max(0, receive.waitSeconds)) * 1_000_000_000
        while true {
            let attributes = try deliveringAttributes()
            let visibility = Int64(receive.visibilityTimeoutSeconds ?? attributes.visibilityTimeoutSeconds) * 1000
            let seen = bell.rings
            let delivered: [QueueDelivery]
            do throws(ServiceError) {
                delivered = try await deliver(receive, path, visibility: visibility)
            } catch {
                // Who was woken for a record and does not take it wakes the next.
                bell.ring()
                throw error
            }
            guard delivered.isEmpty else { return delivered }
            switch await bell.wait(since: seen, until: deadline, at: time.monotonicNanoseconds, onPark: attend) {
            case .rung:
                // Whose client has gone takes no record.
                guard !Task.isCancelled else {
                    bell.ring()
                    return []
                }
            case .timedOut: return []
            case .cancelled:
                bell.ring()
                return []
            }
        }
    }

    /// How the queue delivers. Throws `resourceNotFound` when it does not.
    private func deliveringAttributes() throws(ServiceError) -> QueueAttributes {
        guard let description else { throw QueueErrors.notFound(resourceID) }
        switch description.status {
        case .active, .updating: return description.attributes
        case .creating, .deleting: throw QueueErrors.notActive(description)
        }
    }

    private func deliver(
        _ receive: QueueReceive,
        _ path: QueuePath,
        visibility: Int64
    ) async throws(ServiceError) -> [QueueDelivery] {
        let picked: Picked
        if let ahead = pickAhead(receive, path, visibility: visibility) {
            picked = ahead
        } else {
            picked = try await gate.withGate { [self] () async throws(ServiceError) in
                try await pick(receive, path, visibility: visibility)
            }
        }
        if journal.withMachine({ $0.mayHaveVisible(path) }) || (path == .records && hasArrivals) { bell(path).ring() }
        if let dropped = picked.dropped { try await finish(dropped) }
        guard let change = picked.change else { return [] }
        let records: [TrackedRecord]
        do throws(ServiceError) {
            records = try await finish(change)
        } catch {
            // They were taken back, and are there for others.
            putBack(picked.consumed)
            throw error
        }
        attend()
        return records.compactMap { record in
            guard let content = picked.records[record.index] else { return nil }
            return QueueDelivery(
                record: content,
                receipt: QueueReceipt(
                    index: record.index,
                    delivery: record.delivery,
                    isDeadLetter: path == .deadLetters
                ),
                firstReceivedAt: Timestamp(millisecondsSinceEpoch: record.firstReceivedAt),
                receiveCount: record.receiveCount
            )
        }
    }

    /// Waits until a change is on disk.
    @discardableResult
    func finish<Result: Sendable>(_ change: QueueJournal.Change<Result>) async throws(ServiceError) -> Result {
        do throws(LogError) {
            return try await journal.finish(change)
        } catch {
            // What was taken back may be visible.
            attend()
            throw ServiceError(log: error, stream: description?.streamName ?? "")
        }
    }
}
