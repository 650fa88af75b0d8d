import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Items under many keys, of one moment. What does not fit into an answer is left to another call.
    func batchGetItem(_ request: BatchGetItem.Request) async throws(ServiceError) -> BatchGetItem.Response {
        let wanted = (request.requestItems ?? [:]).sorted { $0.key < $1.key }
        try validate(request, wanted)
        var parts: [String: ItemParts] = [:]
        var references: [ItemReference] = []
        for (table, keys) in wanted {
            parts[table] = try ItemParts(
                attributesToGet: keys.attributesToGet,
                projection: keys.projectionExpression,
                names: keys.expressionAttributeNames
            )
            try checkDistinct(keys.keys ?? [])
        }
        for (name, keys) in wanted {
            let table = try await table(try tableName(name))
            for key in keys.keys ?? [] {
                try table.check(key: key)
                references.append(ItemReference(table: table.name, key: key))
            }
        }
        let items: [Item?]
        do throws(ServiceError) {
            items = try await store.items(references)
        } catch {
            throw itemError(error)
        }

        var responses = Dictionary(uniqueKeysWithValues: wanted.map { ($0.key, [Item]()) })
        var rest: [String: KeysAndAttributes] = [:]
        var units: [String: Double] = [:]
        var size = 0
        var place = 0
        for (table, keys) in wanted {
            var left: [Item] = []
            for key in keys.keys ?? [] {
                defer { place += 1 }
                let item = items[place]
                let bytes = sizeInBytes(of: item ?? [:])
                guard left.isEmpty, rest.isEmpty, size + bytes <= Limits.maximumBatchGetSizeInBytes else {
                    left.append(key)
                    continue
                }
                size += bytes
                units[table, default: 0] += CapacityUnits.read(bytes: bytes, isConsistent: keys.consistentRead ?? false)
                if let item { responses[table]?.append((parts[table] ?? .all).of(item)) }
            }
            guard !left.isEmpty else { continue }
            var keys = keys
            keys.keys = left
            rest[table] = keys
        }
        return BatchGetItem.Response(
            responses: responses,
            unprocessedKeys: rest,
            consumedCapacity: consumed(request.returnConsumedCapacity, units)
        )
    }

    private func validate(
        _ request: BatchGetItem.Request,
        _ wanted: [(key: String, value: KeysAndAttributes)]
    ) throws(ServiceError) {
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.require("requestItems", request.requestItems != nil)
        validator.count("requestItems", request.requestItems?.count, 1...Limits.maximumBatchGetCount)
        for (table, keys) in wanted {
            let path = "requestItems.\(table).member"
            validator.require("\(path).keys", keys.keys != nil)
            validator.count("\(path).keys", keys.keys?.count, 1...Limits.maximumBatchGetCount)
            validator.count(
                "\(path).attributesToGet",
                keys.attributesToGet?.count,
                1...Limits.maximumAttributesToGet
            )
        }
        try validator.finish()
        guard wanted.reduce(0, { $0 + ($1.value.keys ?? []).count }) <= Limits.maximumBatchGetCount else {
            throw ServiceError(.validation, "Too many items requested for the BatchGetItem call")
        }
    }

    /// Throws `validation` when a key is there twice.
    func checkDistinct(_ keys: [Item]) throws(ServiceError) {
        guard Set(keys).count == keys.count else {
            throw ServiceError(.validation, "Provided list of item keys contains duplicates")
        }
    }

    /// What a call tells of its units, by table.
    func consumed(_ wish: String?, _ units: [String: Double]) -> [ConsumedCapacity]? {
        guard let wish, wish != "NONE" else { return nil }
        return units.sorted { $0.key < $1.key }.compactMap { ConsumedCapacity(wish, table: $0.key, units: $0.value) }
    }
}
