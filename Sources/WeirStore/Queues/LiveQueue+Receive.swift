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
            // Who waits holds no memory.
            receive.reply?.settle(0)
            let began = time.monotonicNanoseconds
            let wake = await bell.wait(since: seen, until: deadline, at: began, onPark: attend)
            receive.reply?.didWait(time.monotonicNanoseconds - began)
            switch wake {
            case .rung:
                // Whose client has gone takes no record.
                guard !Task.isCancelled else {
                    bell.ring()
                    return []
                }
            case .timedOut:
                count { $0.emptyReceives += 1 }
                return []
            case .cancelled:
                bell.ring()
                return []
            }
        }
    }

    /// How the queue delivers. Throws `resourceNotFound` when it does not.
    private func deliveringAttributes() throws(ServiceError) -> QueueAttributes {
        guard let (status, attributes) = delivery else { throw QueueErrors.notFound(resourceID) }
        switch status {
        case .active, .updating: return attributes
        case .creating, .deleting:
            guard let description else { throw QueueErrors.notFound(resourceID) }
            throw QueueErrors.notActive(description)
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
        // What could not be dropped is found again.
        if let dropped = picked.dropped { _ = try? await finish(dropped) }
        guard let change = picked.change else { return [] }
        let records: [TrackedRecord]
        do throws(ServiceError) {
            records = try await finish(change)
        } catch {
            // What was taken back is to be delivered yet, and nothing need be appended to its shard any more.
            for shard in picked.shards { putBack(shard) }
            throw error
        }
        attend()
        count(records, path)
        return deliveries(of: records, in: picked, path)
    }

    private func deliveries(
        of records: [TrackedRecord],
        in picked: borrowing Picked,
        _ path: QueuePath
    ) -> [QueueDelivery] {
        var deliveries: [QueueDelivery] = []
        deliveries.reserveCapacity(records.count)
        // Those that are delivered are some of those that were picked, in the same order.
        var place = 0
        for record in records {
            while place < picked.records.count, picked.candidates[place].index != record.index { place += 1 }
            guard place < picked.records.count else { break }
            let content = picked.records[place]
            deliveries.append(
                QueueDelivery(
                    record: content,
                    receipt: QueueReceipt(
                        index: record.index,
                        delivery: record.delivery,
                        isDeadLetter: path == .deadLetters
                    ),
                    // By another clock than the arrival, where the wall clock was set.
                    firstReceivedAt: max(
                        content.approximateArrival,
                        Timestamp(millisecondsSinceEpoch: record.firstReceivedAt)
                    ),
                    receiveCount: record.receiveCount
                )
            )
        }
        return deliveries
    }

    private func count(_ records: [TrackedRecord], _ path: QueuePath) {
        guard !records.isEmpty else { return }
        count { counts in
            switch path {
            case .records:
                counts.received += UInt64(records.count)
                counts.redelivered += UInt64(records.count { $0.receiveCount > 1 })
            case .deadLetters: counts.receivedDeadLetters += UInt64(records.count)
            }
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
            // The log of a queue is closed when the queue is deleted.
            if error.code == .closed, description.map({ $0.status == .deleting }) ?? true {
                throw QueueErrors.notFound(resourceID)
            }
            throw ServiceError(log: error, stream: description?.streamName ?? "")
        }
    }
}
