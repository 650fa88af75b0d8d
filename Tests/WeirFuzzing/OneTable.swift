import WeirModel
import WeirStore
import WeirWire

/// A store of one table with one item, which no call changes: what a call does depends on nothing but the call.
struct OneTable: TableStore {
    /// The item: one attribute of each type, and lists and maps in each other.
    static let item: Item = [
        "key": .string("a"),
        "range": .number("1"),
        "text": .string("some text"),
        "number": .number("12.5"),
        "bytes": .binary([0, 1, 255]),
        "flag": .bool(true),
        "none": .null,
        "texts": .stringSet(["a", "b"]),
        "numbers": .numberSet(["1", "2"]),
        "blobs": .binarySet([[0], [1]]),
        "list": .list([.number("1"), .map(["a": .list([.string("b")])])]),
        "map": .map(["a": .map(["b": .number("0")]), "c": .list([])]),
    ]

    private static let description = TableDescription(
        name: "leases",
        id: "00000000-0000-0000-0000-000000000000",
        keySchema: KeySchema(hash: KeyAttribute("key", "S"), range: KeyAttribute("range", "N")),
        createdAt: Timestamp(millisecondsSinceEpoch: 1_772_280_000_000),
        billingMode: "PAY_PER_REQUEST",
        tags: ["team": "events"],
        indexes: [
            TableIndex(
                name: "by-number",
                keySchema: KeySchema(hash: KeyAttribute("number", "N"), range: KeyAttribute("text", "S")),
                projection: .include(["map"])
            )
        ]
    )

    private func find(_ name: String) throws(ServiceError) -> TableDescription {
        guard name == Self.description.name else {
            throw ServiceError(.resourceNotFound, "Requested resource not found")
        }
        return Self.description
    }

    func createTable(_ table: TableDescription) async throws(ServiceError) {}

    func changeTable(
        name: String,
        _ change: @escaping @Sendable (inout TableDescription) throws(ServiceError) -> Void
    ) async throws(ServiceError) -> TableDescription {
        var table = try find(name)
        try change(&table)
        return table
    }

    func deleteTable(name: String) async throws(ServiceError) { _ = try find(name) }

    func table(name: String) async throws(ServiceError) -> TableDescription { try find(name) }

    func tableNames(after name: String?, limit: Int) async throws(ServiceError) -> [String] {
        [Self.description.name, "others"].filter { $0 > name ?? "" }.prefix(limit).map(\.self)
    }

    func size(table: String) async throws(ServiceError) -> (table: TableSize, indexes: [String: TableSize]) {
        (TableSize(itemCount: 1, bytes: 100), ["by-number": TableSize(itemCount: 1, bytes: 100)])
    }

    func items(_ references: [ItemReference]) async throws(ServiceError) -> [Item?] {
        references.map { $0.key["key"] == Self.item["key"] ? Self.item : nil }
    }

    func update(_ changes: [ItemChange]) async throws(ServiceError) -> ItemChangesOutcome {
        var versions: [ItemVersions] = []
        var errors: [ServiceError?] = []
        for change in changes {
            do throws(ServiceError) {
                let old = change.item.key["key"] == Self.item["key"] ? Self.item : nil
                versions.append(ItemVersions(old: old, new: try change.change(old)))
                errors.append(nil)
            } catch {
                errors.append(error)
            }
        }
        return versions.count == changes.count ? .applied(versions) : .refused(errors)
    }

    func scan(_ scan: ItemScan) async throws(ServiceError) -> ItemPage {
        ItemPage(items: [Self.item], lastKey: scan.limit > 1 ? nil : ["key": .string("a"), "range": .number("1")])
    }

    func changes(
        of table: String,
        after cursor: TableCursor?,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> TableChanges {
        _ = try find(table)
        return cursor.map { .changes([], next: $0) } ?? .scanAgain(next: TableCursor("0"))
    }

    func waitForChanges(of table: String, after cursor: TableCursor) async throws(ServiceError) { _ = try find(table) }
}
