import WeirModel
import WeirStore
import WeirWire

/// The members that Query and Scan have in common.
protocol ItemPageRequest: Sendable {
    var indexName: String? { get }
    var select: String? { get }
    var attributesToGet: [String]? { get }
    var projectionExpression: String? { get }
    var filterExpression: String? { get }
    var conditionalOperator: String? { get }
    var consistentRead: Bool? { get }
    var limit: Int? { get }
    var exclusiveStartKey: Item? { get }
    var returnConsumedCapacity: String? { get }
    /// Which of the items looked at are given, by attribute.
    var legacyFilter: [String: ExpectedAttribute]? { get }
}

extension Query.Request: ItemPageRequest {
    var legacyFilter: [String: ExpectedAttribute]? { queryFilter }
}

extension Scan.Request: ItemPageRequest {
    var legacyFilter: [String: ExpectedAttribute]? { scanFilter }
}

extension ItemPageRequest {
    /// Which items of the store are read: all of the table or index, from where the request goes on.
    func scan(_ table: TableDescription, _ index: TableIndex?) -> ItemScan {
        var scan = ItemScan(table: table.name)
        scan.index = index?.name
        scan.after = exclusiveStartKey
        scan.limit = limit ?? .max
        scan.maximumBytes = Limits.maximumScanSizeInBytes
        return scan
    }
}

extension TableService {
    /// Reads a page from the store, and makes the answer of it.
    func page(
        _ scan: ItemScan,
        _ reading: ItemReading,
        table: TableDescription,
        index: TableIndex?
    ) async throws(ServiceError) -> ItemPageResponse {
        let page: ItemPage
        do throws(ServiceError) {
            page = try await store.scan(scan)
        } catch {
            throw itemError(error)
        }
        let answer = reading.answer(page, table: table, index: index)
        return ItemPageResponse(
            items: answer.items,
            count: answer.count,
            scannedCount: page.items.count,
            lastEvaluatedKey: page.lastKey,
            consumedCapacity: ConsumedCapacity(
                reading.request.returnConsumedCapacity,
                table: table.name,
                units: CapacityUnits.read(
                    bytes: answer.bytes,
                    isConsistent: reading.request.consistentRead ?? false
                )
            )
        )
    }
}

extension Validator {
    /// Checks the members that Query and Scan have in common.
    mutating func page(_ request: some ItemPageRequest, table name: String) {
        capacity(request.returnConsumedCapacity)
        table(name)
        count("attributesToGet", request.attributesToGet?.count, 1...Limits.maximumAttributesToGet)
        choice(
            "select",
            request.select,
            of: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]
        )
        number("limit", request.limit, atLeast: 1)
        choice("conditionalOperator", request.conditionalOperator, of: ["OR", "AND"])
        text(
            "indexName",
            request.indexName,
            pattern: .name,
            length: Limits.minimumTableNameLength...Limits.maximumTableNameLength
        )
    }
}
