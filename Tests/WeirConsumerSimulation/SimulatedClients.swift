import Synchronization
import WeirClient
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

/// What one worker calls for its stream.
struct SimulatedKinesis: KinesisCalling {
    let network: SimulatedNetwork
    let process: SimulatedProcess
    let service: MemoryKinesis

    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        let service = service
        return try await network.call(process, .stream) { () throws(ServiceError) in
            try await service.call(action, request)
        }
    }
}

/// The lease table, its change feed, and who is told of it.
final class SimulatedLeaseTable: Sendable {
    private struct Watcher {
        var process: SimulatedProcess
        var events: AsyncStream<TableChangeEvent>.Continuation
    }

    static let name = "arrivals"

    let service = MemoryDynamoDB()
    let network: SimulatedNetwork
    /// How long after a write the feed tells of it; nil: there is none.
    let feedDelay: UInt64?
    let oracle: WorkerOracle
    let defect: WorkerDefect?
    private let watchers = Mutex<[Watcher]>([])

    init(_ network: SimulatedNetwork, feedDelay: UInt64?, oracle: WorkerOracle, defect: WorkerDefect?) {
        self.network = network
        self.feedDelay = feedDelay
        self.oracle = oracle
        self.defect = defect
    }

    var leases: [Lease] { service.items(Self.name).compactMap { Lease(item: $0) } }

    func lease(_ key: Item?) -> Lease? {
        var item: Item?
        service.change(Self.name) { item = $0.item(key) }
        return item.flatMap { Lease(item: $0) }
    }

    /// A write has taken effect.
    func wrote(_ key: Item, _ old: Lease?, by worker: String) {
        let new = lease(key)
        if let old, let new { oracle.wrote(old, new, by: worker, at: network.scheduler.now) }
        guard let feedDelay else { return }
        var item: Item?
        service.change(Self.name) { item = $0.item(key) }
        if defect == .childrenBeforeParents { item = item.map { WorkerDefect.withoutParents($0) } }
        let event = TableChangeEvent.changes([ChangedItem(key: key, newImage: item)])
        network.scheduler.after(feedDelay) {
            for watcher in self.watchers.withLock({ $0 }) where !self.network.isCut(watcher.process, from: .table) {
                watcher.events.yield(self.network.missesChange() ? .scanAgain : event)
            }
        }
    }

    func watch(_ process: SimulatedProcess) -> TableChangeSequence {
        guard feedDelay != nil else {
            return TableChangeSequence(failing: ServiceError(.notSupported, "This table tells of no changes"))
        }
        let (events, continuation) = AsyncStream<TableChangeEvent>.makeStream()
        watchers.withLock { $0.append(Watcher(process: process, events: continuation)) }
        continuation.yield(.scanAgain)
        return TableChangeSequence(events)
    }

    /// Who was cut off may have missed something.
    func scanAgain(_ process: SimulatedProcess) {
        for watcher in watchers.withLock({ $0 }) where watcher.process === process { watcher.events.yield(.scanAgain) }
    }
}

/// What one worker calls for its lease table.
struct SimulatedDynamoDB: DynamoDBCalling {
    let table: SimulatedLeaseTable
    let process: SimulatedProcess
    let worker: String

    func call<A: DynamoDBAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        let (table, worker) = (table, worker)
        let request = Self.weakened(request, if: table.defect == .conditionsDoNothing)
        let key = Self.writtenKey(request)
        return try await table.network.call(process, .table) { () throws(ServiceError) in
            guard let key else {
                let response = try await table.service.call(action, request)
                return table.defect?.shown(response) ?? response
            }
            let old = table.lease(key)
            let response = try await table.service.call(action, request)
            table.wrote(key, old, by: worker)
            return response
        }
    }

    func watchTable(_ name: String) -> TableChangeSequence { table.watch(process) }

    private static func writtenKey(_ request: any Sendable) -> Item? {
        switch request {
        case let request as UpdateItem.Request: request.key
        case let request as PutItem.Request: request.item.map { $0.filter { $0.key == "leaseKey" } }
        case let request as DeleteItem.Request: request.key
        default: nil
        }
    }

    private static func weakened<R>(_ request: R, if isWeak: Bool) -> R {
        guard isWeak, var update = request as? UpdateItem.Request else { return request }
        update.expected = nil
        return update as? R ?? request
    }
}
