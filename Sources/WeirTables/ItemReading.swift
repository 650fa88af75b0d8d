import WeirModel
import WeirStore
import WeirWire

/// What Scan and Query have in common: which items they look at, and what they give of them.
struct ItemReading: Sendable {
    /// What the answer holds.
    private enum Selection: String {
        case specific = "SPECIFIC_ATTRIBUTES"
        case count = "COUNT"
        case all = "ALL_ATTRIBUTES"
        case projected = "ALL_PROJECTED_ATTRIBUTES"
    }

    /// The members as they came.
    let request: any ItemPageRequest
    private let selection: Selection?
    private let parts: ItemParts
    /// Which of the items are given.
    let filter: ItemCondition

    /// Reads the request. Throws `validation`.
    init(
        _ request: any ItemPageRequest,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) {
        self.request = request
        filter = try Self.filter(request, &placeholders)
        parts = try ItemParts(
            attributesToGet: request.attributesToGet,
            projection: request.projectionExpression,
            &placeholders
        )
        selection = request.select.flatMap(Selection.init(rawValue:))
        try checkSelection()
    }

    private func checkSelection() throws(ServiceError) {
        let asked =
            request.projectionExpression != nil
            ? "ProjectionExpression" : request.attributesToGet != nil ? "AttributesToGet" : nil
        let reason: String
        switch (selection, asked) {
        case (.projected, _) where request.indexName == nil:
            reason = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        case (.count, let asked?): reason = "Cannot specify the \(asked) when choosing to get only the Count"
        case (.all, let asked?): reason = "Cannot specify the \(asked) when choosing to get ALL_ATTRIBUTES"
        case (.projected, let asked?):
            reason = "Cannot specify the \(asked) when choosing to get ALL_PROJECTED_ATTRIBUTES"
        case (.specific, nil):
            reason = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        default: return
        }
        throw ServiceError(.validation, "One or more parameter values were invalid: \(reason)")
    }

    /// The index that is read; nil for the table itself. Throws `validation` when there is none of that name, or it does
    /// not give what is asked for.
    func index(of table: TableDescription) throws(ServiceError) -> TableIndex? {
        guard let name = request.indexName else { return nil }
        guard let index = table.index(name) else {
            throw ServiceError(.validation, "The table does not have the specified index: \(name)")
        }
        if request.consistentRead == true {
            throw ServiceError(.validation, "Consistent reads are not supported on global secondary indexes")
        }
        guard let given = index.attributes(of: table) else { return index }
        if selection == .all {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global \
                secondary index \(name) because its projection type is not ALL
                """
            )
        }
        let missing = (parts.attributes ?? []).subtracting(given)
        guard missing.isEmpty else {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: Global secondary index \(name) does not project \
                [\(missing.sorted().joined(separator: ", "))]
                """
            )
        }
        return index
    }

    /// What the answer says of a page of items.
    func answer(
        _ page: ItemPage,
        table: TableDescription,
        index: TableIndex?
    ) -> (items: [Item]?, count: Int, bytes: Int) {
        let given = index?.attributes(of: table)
        var items: [Item] = []
        var bytes = 0
        for whole in page.items {
            let item = given.map { given in whole.filter { given.contains($0.key) } } ?? whole
            bytes += sizeInBytes(of: item)
            if filter.holds(for: item) { items.append(item) }
        }
        return (selection == .count ? nil : items.map(parts.of), items.count, bytes)
    }

    /// Checks the key to go on after: those of the table and of the index. Throws `validation`.
    func checkStart(_ key: Item, table: TableDescription, index: TableIndex?) throws(ServiceError) {
        var attributes = table.keySchema.attributes
        for attribute in index?.keySchema.attributes ?? [] where !attributes.contains(attribute) {
            attributes.append(attribute)
        }
        let fits =
            key.count == attributes.count && attributes.allSatisfy { key[$0.name]?.typeName == $0.type }
        guard fits else {
            let reason = index == nil ? ": The provided key element does not match the schema" : ""
            throw ServiceError(.validation, "The provided starting key is invalid\(reason)")
        }
        do throws(ServiceError) {
            try table.check(key: table.keySchema.key(of: key))
            for attribute in attributes { if let value = key[attribute.name] { try attribute.checkNotEmpty(value) } }
        } catch {
            throw ServiceError(.validation, "The provided starting key is invalid: \(error.message)")
        }
    }

    /// The filter of a request as an expression or by attribute.
    private static func filter(
        _ request: any ItemPageRequest,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) -> ItemCondition {
        if let expression = request.filterExpression {
            return .expression(try ConditionParser.condition(expression, .filter, &placeholders))
        }
        let expected = request.legacyFilter
        return .legacy(try Expectations(expected, conditionalOperator: request.conditionalOperator))
    }
}

extension TableIndex {
    /// The attributes that the index gives; nil for all.
    func attributes(of table: TableDescription) -> Set<String>? {
        let keys = Set(table.keySchema.names + keySchema.names)
        switch projection {
        case .all: return nil
        case .keysOnly: return keys
        case .include(let others): return keys.union(others)
        }
    }
}
