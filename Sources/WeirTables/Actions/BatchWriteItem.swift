import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Puts and deletes many items without conditions. All of it is done when the call returns.
    func batchWriteItem(_ request: BatchWriteItem.Request) async throws(ServiceError) -> BatchWriteItem.Response {
        let wanted = (request.requestItems ?? [:]).sorted { $0.key < $1.key }
        try validate(request, wanted)
        var changes: [ItemChange] = []
        for (name, writes) in wanted {
            for write in writes {
                guard (write.putRequest == nil) != (write.deleteRequest == nil) else {
                    throw ServiceError(
                        .validation,
                        """
                        Supplied AttributeValue has more than one datatypes set, \
                        must contain exactly one of the supported datatypes
                        """
                    )
                }
                if let item = write.putRequest?.item { try checkSize(of: item) }
            }
            let table = try await table(try tableName(name))
            for write in writes {
                if let put = write.putRequest {
                    let item = put.item ?? [:]
                    let key = try batchKey(of: item, table)
                    changes.append(ItemChange(ItemReference(table: table.name, key: key)) { _ in item })
                } else {
                    let key = write.deleteRequest?.key ?? [:]
                    try table.check(key: key)
                    changes.append(ItemChange(ItemReference(table: table.name, key: key)) { _ in nil })
                }
            }
        }
        guard Set(changes.map(\.item)).count == changes.count else {
            throw ServiceError(.validation, "Provided list of item keys contains duplicates")
        }
        do throws(ServiceError) {
            var units: [String: Double] = [:]
            if case .applied(let versions) = try await store.update(changes) {
                for (change, versions) in zip(changes, versions) {
                    units[change.item.table, default: 0] += CapacityUnits.write(versions.old, versions.new)
                }
            }
            return BatchWriteItem.Response(
                unprocessedItems: [:],
                consumedCapacity: consumed(request.returnConsumedCapacity, units)
            )
        } catch {
            throw itemError(error)
        }
    }

    private func validate(
        _ request: BatchWriteItem.Request,
        _ wanted: [(key: String, value: [WriteRequest])]
    ) throws(ServiceError) {
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.collectionMetrics(request.returnItemCollectionMetrics)
        validator.require("requestItems", request.requestItems != nil)
        validator.count("requestItems", request.requestItems?.count, 1...Limits.maximumBatchWriteCount)
        for (table, writes) in wanted {
            let path = "requestItems.\(table).member"
            validator.count(path, writes.count, 1...Limits.maximumBatchWriteCount)
            for (place, write) in writes.enumerated() {
                let path = "\(path).\(place + 1).member"
                if let put = write.putRequest { validator.require("\(path).putRequest.item", put.item != nil) }
                if let delete = write.deleteRequest {
                    validator.require("\(path).deleteRequest.key", delete.key != nil)
                }
            }
        }
        try validator.finish()
        guard wanted.reduce(0, { $0 + $1.value.count }) <= Limits.maximumBatchWriteCount else {
            throw ServiceError(.validation, "Too many items requested for the BatchWriteItem call")
        }
    }

    /// Batches tell less of what is wrong with a key.
    private func batchKey(of item: Item, _ table: TableDescription) throws(ServiceError) -> Item {
        for attribute in table.keySchema.attributes where item[attribute.name]?.typeName != attribute.type {
            throw ServiceError(.validation, "The provided key element does not match the schema")
        }
        return try table.key(ofItem: item)
    }
}
