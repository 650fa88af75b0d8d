import NIOCore
import Synchronization
import WeirConsumer
import WeirLeases
import WeirModel
import WeirProducer
import WeirRuntime

extension Demo {
    /// Puts the lines, paced over the duration and held where a step is not done yet.
    func feed(_ clients: DemoClients) async throws {
        try await withProducer(
            stream: Self.stream,
            client: clients.kinesis,
            logger: clients.logger
        ) { producer in
            try await withThrowingTaskGroup(of: Void.self) { acknowledgements in
                let pace = duration / lines.count
                var due = time.monotonicNanoseconds
                for (index, line) in lines.enumerated() {
                    while allowedLines.withLock({ $0 }) <= index {
                        try await time.sleep(for: .milliseconds(10))
                        due = max(due, time.monotonicNanoseconds)
                    }
                    let now = time.monotonicNanoseconds
                    if now < due { try await time.sleep(for: .nanoseconds(Int64(due - now))) }
                    due +=
                        UInt64(pace.components.attoseconds / 1_000_000_000)
                        + UInt64(pace.components.seconds) * 1_000_000_000
                    let key = (try? FlightEvent(line).partitionKey) ?? FlightEvent.unknownAircraft
                    ledger.withLock { $0.read(line: index + 1) }
                    let pending = try await producer.enqueue(line, partitionKey: key)
                    acknowledgements.addTask {
                        let receipt = try await pending.receipt()
                        self.ledger.withLock {
                            $0.put(
                                line: index + 1,
                                key: key,
                                shardID: receipt.shardID,
                                sequenceNumber: receipt.sequenceNumber
                            )
                        }
                    }
                }
                try await acknowledgements.waitForAll()
            }
        }
    }

    /// Reads the lease table over and over, for the table of shards and workers.
    func watchShares(_ clients: DemoClients) async throws {
        while !Task.isCancelled {
            do throws(ServiceError) {
                let view = try await LeaseTableView.read(table: Self.application, from: clients.dynamoDB)
                let table = ShareTable(rows: view.activeLeases.map { .init(shardID: $0.key, owner: $0.owner) })
                shares.withLock { $0 = table }
            } catch {
                // The workers have not made the table yet.
                guard error.code == .resourceNotFound else { throw error }
            }
            try await time.sleep(for: .milliseconds(50))
        }
    }
}
