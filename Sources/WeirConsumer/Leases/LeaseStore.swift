import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Reads and writes one lease table.
struct LeaseStore: Sendable {
    let table: LeaseTable
    let dynamoDB: any DynamoDBCalling
    let time: any TimeSource
    /// Whether the table is that of one stream, or of several: of the scope only its kind counts here.
    var scope = LeaseScope.oneStream
    var kcl3Watch: KCL3Watch?

    /// Creates the table unless it is there, and waits until it can be used.
    func createTable() async throws {
        while true {
            switch try await status() {
            case "ACTIVE", "UPDATING": return
            case nil: try await requestTable()
            default: try await time.sleep(for: .milliseconds(200))
            }
        }
    }

    /// The table's status; nil when there is no such table.
    private func status() async throws(ServiceError) -> String? {
        do throws(ServiceError) {
            return try await dynamoDB.call(DescribeTable.self, table.describe).table.tableStatus
        } catch  where error.code == .resourceNotFound {
            return nil
        }
    }

    private func requestTable() async throws(ServiceError) {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(CreateTable.self, table.create)
        } catch  where error.code == .resourceInUse {
            // Another worker was first.
        }
    }

    /// All leases. Items that are none are left out.
    func scan() async throws(ServiceError) -> [Lease] {
        var leases: [Lease] = []
        var key: Item?
        repeat {
            let page = try await dynamoDB.call(Scan.self, table.scan(after: key))
            kcl3Watch?.note(page.items ?? [])
            leases += (page.items ?? []).compactMap { Lease(item: $0) }
            key = page.lastEvaluatedKey
        } while key != nil
        return leases
    }

    /// Looks whether workers of the KCL 3.x take part.
    func lookForKCL3() async { await kcl3Watch?.look(dynamoDB) }

    /// The changes of the table, where the service tells of them.
    func changes() -> TableChangeSequence { dynamoDB.watchTable(table.name) }

    /// One lease, consistently; nil when there is none.
    func lease(_ key: String) async throws(ServiceError) -> Lease? {
        try await dynamoDB.call(GetItem.self, table.get(key)).item.flatMap { Lease(item: $0) }
    }

    /// Puts a new lease. False when there is one already.
    func create(_ lease: Lease) async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(PutItem.self, table.create(lease))
            return true
        } catch  where error.code == .conditionalCheckFailed {
            return false
        }
    }

    func delete(_ key: String) async throws(ServiceError) {
        _ = try await dynamoDB.call(DeleteItem.self, table.delete(key))
    }

    /// Deletes a lease of a stream that is not there any more, unless another worker did.
    func deleteStale(_ lease: Lease) async throws(ServiceError) {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(DeleteItem.self, table.deleteStale(lease))
        } catch  where error.code == .conditionalCheckFailed {}
    }

    /// Deletes a lease that nobody needs. False when it is not as it was.
    func deleteUseless(_ lease: Lease) async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(DeleteItem.self, table.deleteUseless(lease))
            return true
        } catch  where error.code == .conditionalCheckFailed {
            return false
        }
    }

    /// Deletes a lease of a stream that is not read any more. False when it is not as it was.
    func deleteFormer(_ lease: Lease) async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(DeleteItem.self, table.deleteFormer(lease))
            return true
        } catch  where error.code == .conditionalCheckFailed {
            return false
        }
    }

    /// Notes for how long a lease of a stream that is not read any more has not changed, unless another worker did or it has.
    func setFormerTime(_ time: FormerTime, of lease: Lease) async throws(ServiceError) {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(UpdateItem.self, table.setFormerTime(time, of: lease))
        } catch  where error.code == .conditionalCheckFailed {}
    }

    func setChildren(_ children: Set<String>, of key: String) async throws(ServiceError) {
        _ = try await dynamoDB.call(UpdateItem.self, table.setChildren(children, of: key))
    }

    /// Fixes the time that a lease's checkpoint LATEST or AT_TIMESTAMP stands for, unless another worker was first.
    ///
    /// - Returns: the time that is fixed now.
    func fixInitialTimestamp(_ timestamp: Timestamp, of key: String) async throws(ServiceError) -> Timestamp {
        do throws(ServiceError) {
            _ = try await dynamoDB.call(UpdateItem.self, table.setInitialTimestamp(timestamp, of: key))
            return timestamp
        } catch  where error.code == .conditionalCheckFailed {
            guard let fixed = try await lease(key)?.initialTimestamp else {
                throw ServiceError(.resourceNotFound, "The lease of \(key) was deleted")
            }
            return fixed
        }
    }

    /// Performs a worker's conditional write.
    func perform(_ write: LeaseWrite) async throws(ServiceError) {
        _ = try await dynamoDB.call(UpdateItem.self, table.request(write))
    }
}

extension LeaseScope {
    /// Throws `configuration` when a table is of the other kind: of one stream, or of several.
    func check(_ leases: [Lease], table: String) throws(ServiceError) {
        guard let lease = leases.first(where: { isForeign($0) }) else { return }
        switch self {
        case .oneStream:
            throw ServiceError(
                .configuration,
                """
                The lease table \(table) is that of an application of several streams: it has the lease \(lease.key). \
                List the streams in `streams`, or take another application name or lease table
                """
            )
        case .streams:
            throw ServiceError(
                .configuration,
                """
                The lease table \(table) is that of an application of one stream: it has the lease \(lease.key), which names \
                none. Name that stream in `streamName`, or take another application name or lease table
                """
            )
        }
    }
}
