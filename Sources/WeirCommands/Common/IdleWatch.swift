import Synchronization
import WeirClient
import WeirConsumer
import WeirLeases
import WeirModel
import WeirRuntime

/// Tells when a worker has nothing to do: no record is in hand, none has come for a while, and every shard that has not
/// been read to its end has a living owner. What a dead worker left behind is waited for until it was taken over.
final class IdleWatch: Sendable {
    /// How often the lease table is looked at once no record comes.
    private static let tablePause = Duration.milliseconds(250)

    private let activity: Mutex<Activity>
    private let workerID: String
    private let leaseTableName: String
    /// The streams that are read, where the table is that of several; nil: the only one.
    private let streamNames: Set<String>?
    private let dynamoDB: any DynamoDBCalling
    private let time: any TimeSource

    init(
        workerID: String,
        leaseTableName: String,
        streamNames: Set<String>? = nil,
        dynamoDB: any DynamoDBCalling,
        time: any TimeSource
    ) {
        self.workerID = workerID
        self.leaseTableName = leaseTableName
        self.streamNames = streamNames
        self.dynamoDB = dynamoDB
        self.time = time
        activity = Mutex(Activity(at: time.monotonicNanoseconds))
    }

    /// A record is in hand.
    func begin() { change(1) }

    /// A record is done with.
    func end() { change(-1) }

    /// Something happened to the worker.
    func note(_ event: WorkerEvent) {
        switch event {
        case .leaseTaken, .shardStarted, .shardEnded: change(0)
        default: break
        }
    }

    private func change(_ records: Int) {
        let now = time.monotonicNanoseconds
        activity.withLock { $0.note(records, at: now) }
    }

    /// Returns when the worker was idle for so many seconds. Throws when the lease table cannot be read then, and
    /// `CancellationError` with the task.
    func wait(seconds: Int) async throws {
        let span = UInt64(seconds) * 1_000_000_000
        /// The leases of others as they were when the worker became idle.
        var before: [String: Lease] = [:]
        while true {
            let now = time.monotonicNanoseconds
            let (lastChange, recordsInHand) = activity.withLock { ($0.lastChange, $0.recordsInHand) }
            if recordsInHand > 0 || now < lastChange + span {
                before = [:]
                let left = recordsInHand > 0 ? span : lastChange + span - now
                try await time.sleep(for: .nanoseconds(Int64(left)))
                continue
            }
            let leases = try await activeLeases()
            if let leases, leases.allSatisfy({ isHeld($0, before[$0.key]) }) { return }
            for lease in leases ?? [] where before[lease.key] == nil { before[lease.key] = lease }
            try await time.sleep(for: Self.tablePause)
        }
    }

    /// Held by this worker, or by one that has written to the lease since.
    private func isHeld(_ lease: Lease, _ before: Lease?) -> Bool {
        guard let owner = lease.owner else { return false }
        if owner == workerID { return true }
        guard let before else { return false }
        return before.owner != lease.owner || before.counter != lease.counter
    }

    /// Nil when there is no table or nothing in it yet: the application has not started.
    private func activeLeases() async throws -> [Lease]? {
        do throws(ServiceError) {
            let view = try await LeaseTableView.read(table: leaseTableName, from: dynamoDB)
            guard let streamNames else { return view.leases.isEmpty ? nil : view.activeLeases }
            // Nobody reads what other streams have left.
            func isRead(_ lease: Lease) -> Bool { lease.stream.map { streamNames.contains($0.streamName) } ?? false }
            return view.leases.contains(where: isRead) ? view.activeLeases.filter(isRead) : nil
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            return nil
        }
    }
}
