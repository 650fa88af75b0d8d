import Logging
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension TableService {
    /// Deletes the items that have expired, in the tables whose items do.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
    func deleteExpiredItems() async throws(ServiceError) {
        let now = time.wallMilliseconds / 1000
        var last: String?
        while !Task.isCancelled {
            let names = try await store.tableNames(after: last, limit: Limits.maximumListTablesLimit)
            for name in names {
                do throws(ServiceError) {
                    try await deleteExpiredItems(of: name, at: now)
                } catch {
                    // A table that was deleted meanwhile has no items that could expire.
                    guard error.code == .resourceNotFound else { throw error }
                }
            }
            guard let next = names.last else { return }
            last = next
        }
    }

    private func deleteExpiredItems(of name: String, at now: Int64) async throws(ServiceError) {
        let table = try await store.table(name: name)
        guard let attribute = table.expiryAttribute else { return }
        var scan = ItemScan(table: name)
        scan.maximumBytes = Limits.maximumScanSizeInBytes
        var count = 0
        repeat {
            let page = try await store.scan(scan)
            for item in page.items where item.hasExpired(attribute, at: now) {
                // It may have been given more time since it was read.
                let versions = try await store.update(table: name, key: table.keySchema.key(of: item)) { old in
                    old.flatMap { $0.hasExpired(attribute, at: now) ? nil : $0 }
                }
                if versions.old != nil, versions.new == nil { count += 1 }
            }
            scan.after = page.lastKey
        } while scan.after != nil && !Task.isCancelled
        if count > 0 {
            logger.info(
                "deleted items that had expired",
                metadata: ["table.name": "\(name)", "item.count": "\(count)"]
            )
        }
    }
}

extension Item {
    /// Whether the attribute says a time, in seconds since 1970, that is past, but not by many years: then it is taken for
    /// something else.
    func hasExpired(_ attribute: String, at now: Int64) -> Bool {
        guard case .number(let text)? = self[attribute], let whole = text.split(separator: ".").first,
            let time = Int64(whole)
        else { return false }
        let oldest = now - Int64(Limits.maximumExpiryAgeInYears) * 365 * 24 * 3600
        return time < now && time >= oldest
    }
}
