import CoreMetrics
import Synchronization
import WeirClient
import WeirModel
import WeirWire

/// What a worker has asked of its lease table.
public struct LeaseTableUse: Hashable, Sendable {
    /// Reads of single items.
    public var reads = 0
    /// Calls that scan the table: one for each MiB of it, at least one for each look at it.
    public var scans = 0
    /// Items that those gave.
    public var scannedItems = 0
    /// Calls that write an item: renewals, checkpoints, takes, hand-overs; leases that are made or deleted.
    public var writes = 0
    /// Of these: refused, because the lease was not as the worker thought. DynamoDB charges for them too.
    public var refusedWrites = 0
    /// Calls that failed otherwise, after the client's retries. They are not among those above.
    public var failures = 0

    /// Nothing yet.
    public init() {}

    static func - (later: LeaseTableUse, earlier: LeaseTableUse) -> LeaseTableUse {
        var difference = later
        difference.reads -= earlier.reads
        difference.scans -= earlier.scans
        difference.scannedItems -= earlier.scannedItems
        difference.writes -= earlier.writes
        difference.refusedWrites -= earlier.refusedWrites
        difference.failures -= earlier.failures
        return difference
    }
}

/// A client of a lease table that counts what is asked of it, by application.
final class MeteredDynamoDB: DynamoDBCalling {
    private let client: any DynamoDBCalling
    private let total = Mutex(LeaseTableUse())
    private let reads: Counter
    private let scans: Counter
    private let scannedItems: Counter
    private let writes: Counter
    private let refusedWrites: Counter
    private let failures: Counter

    init(_ client: any DynamoDBCalling, application: String, factory: any MetricsFactory) {
        func counter(_ name: String) -> Counter {
            Counter(
                label: "weir.consumer.lease_table.\(name)",
                dimensions: [("application", application)],
                factory: factory
            )
        }
        self.client = client
        reads = counter("reads")
        scans = counter("scans")
        scannedItems = counter("scanned_items")
        writes = counter("writes")
        refusedWrites = counter("writes.refused")
        failures = counter("failures")
    }

    /// Since the worker was made.
    var use: LeaseTableUse { total.withLock { $0 } }

    func call<A: DynamoDBAction>(
        _ action: A.Type,
        _ request: A.Request
    ) async throws(ServiceError) -> A.Response {
        do throws(ServiceError) {
            let response = try await client.call(action, request)
            note(request, scanned: (response as? Scan.Response)?.items?.count ?? 0, isRefused: false)
            return response
        } catch {
            switch error.code {
            case .conditionalCheckFailed: note(request, scanned: 0, isRefused: true)
            // An answer too: the table by which the KCL 3.x would show itself is not there.
            case .resourceNotFound: note(request, scanned: 0, isRefused: false)
            case .cancelled: break
            default:
                failures.increment()
                total.withLock { $0.failures += 1 }
            }
            throw error
        }
    }

    func watchTable(_ name: String) -> TableChangeSequence { client.watchTable(name) }

    private func note(_ request: any Sendable, scanned: Int, isRefused: Bool) {
        switch request {
        case is GetItem.Request:
            reads.increment()
            total.withLock { $0.reads += 1 }
        case is Scan.Request:
            scans.increment()
            scannedItems.increment(by: scanned)
            total.withLock {
                $0.scans += 1
                $0.scannedItems += scanned
            }
        case is PutItem.Request, is UpdateItem.Request, is DeleteItem.Request:
            writes.increment()
            if isRefused { refusedWrites.increment() }
            total.withLock {
                $0.writes += 1
                $0.refusedWrites += isRefused ? 1 : 0
            }
        default: break
        }
    }
}
