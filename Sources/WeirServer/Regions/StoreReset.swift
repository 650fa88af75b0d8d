import WeirModel
import WeirStore

/// Removes all streams and tables of all regions: for test suites that share a server.
struct StoreReset: Sendable {
    /// How many names are asked for at a time.
    private static let pageSize = 1000

    let regions: any RegionalStores

    /// Removes everything that was there when the call began. When it returns, all of it is gone.
    func perform() async throws(ServiceError) {
        for stores in regions.allStores() {
            try await removeStreams(of: stores.streams)
            try await removeTables(of: stores.tables)
        }
    }

    private func removeStreams(of store: any StreamStore) async throws(ServiceError) {
        var last: String?
        while true {
            let names = try await store.streamNames(after: last, limit: Self.pageSize)
            guard let end = names.last else { return }
            for name in names {
                try await ignoringAbsence { () async throws(ServiceError) in try await store.removeStream(name: name) }
            }
            last = end
        }
    }

    private func removeTables(of store: any TableStore) async throws(ServiceError) {
        var last: String?
        while true {
            let names = try await store.tableNames(after: last, limit: Self.pageSize)
            guard let end = names.last else { return }
            for name in names {
                try await ignoringAbsence { () async throws(ServiceError) in try await store.deleteTable(name: name) }
            }
            last = end
        }
    }

    /// What somebody else deleted meanwhile is gone as well.
    private func ignoringAbsence(_ body: () async throws(ServiceError) -> Void) async throws(ServiceError) {
        do throws(ServiceError) {
            try await body()
        } catch {
            guard error.code == .resourceNotFound else { throw error }
        }
    }
}
