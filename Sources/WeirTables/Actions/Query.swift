import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The items with one hash key in a table or index, page by page in the order of their range keys.
    func query(_ request: Query.Request) async throws(ServiceError) -> Query.Response {
        let name = try tableName(request.tableName)
        try validate(request, name)
        var placeholders = try placeholders(of: request)
        let reading = try ItemReading(request, &placeholders)
        let condition = try keyCondition(of: request, &placeholders)
        try placeholders.checkAllUsed()

        let table = try await table(name)
        let index = try reading.index(of: table)
        let schema = index?.keySchema ?? table.keySchema
        let (hash, range) = try condition.resolved(for: schema)
        try reading.filter.checkHasNo(schema)
        if let start = request.exclusiveStartKey {
            try reading.checkStart(start, table: table, index: index)
            try checkStart(start, schema, hash: hash, range: range)
        }
        var scan = request.scan(table, index)
        scan.hash = hash
        scan.range = range
        scan.isDescending = request.scanIndexForward == false
        return try await page(scan, reading, table: table, index: index)
    }

    private func validate(_ request: Query.Request, _ name: String) throws(ServiceError) {
        var validator = Validator()
        validator.page(request, table: name)
        try validator.finish()
    }

    private func placeholders(of request: Query.Request) throws(ServiceError) -> ExpressionPlaceholders {
        // Keys by attribute and a filter by expression may stand together.
        let hasExpression = request.keyConditionExpression != nil
        return try ExpressionParameters(
            [
                (.projection, request.projectionExpression), (.filter, request.filterExpression),
                (.keyCondition, request.keyConditionExpression),
            ],
            legacy: [
                ("AttributesToGet", request.attributesToGet != nil), ("QueryFilter", request.queryFilter != nil),
                ("ConditionalOperator", request.conditionalOperator != nil),
                ("KeyConditions", hasExpression && request.keyConditions != nil),
            ]
        ).placeholders(names: request.expressionAttributeNames, values: request.expressionAttributeValues)
    }

    private func keyCondition(
        of request: Query.Request,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) -> KeyCondition {
        if let expression = request.keyConditionExpression { return try KeyCondition(expression, &placeholders) }
        guard let conditions = request.keyConditions else {
            throw ServiceError(
                .validation,
                """
                Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.
                """
            )
        }
        guard (1...2).contains(conditions.count) else {
            throw ServiceError(.validation, "Conditions can be of length 1 or 2 only")
        }
        return try KeyCondition(conditions)
    }

    /// The key to go on after must be one of those that are asked for.
    private func checkStart(
        _ start: Item,
        _ schema: KeySchema,
        hash: AttributeValue,
        range: RangeCondition?
    ) throws(ServiceError) {
        if let range, let key = schema.range, let value = start[key.name], !range.holds(for: value) {
            throw ServiceError(
                .validation,
                "The provided starting key does not match the range key predicate"
            )
        }
        guard start[schema.hash.name] == hash else {
            throw ServiceError(
                .validation,
                "The provided starting key is outside query boundaries based on provided conditions"
            )
        }
    }
}

extension ItemCondition {
    /// Throws `validation` when the filter of a query looks at its keys: they are conditions of the query itself.
    fileprivate func checkHasNo(_ schema: KeySchema) throws(ServiceError) {
        let (name, attributes) =
            switch self {
            case .legacy(let expectations): ("QueryFilter", expectations.attributes)
            case .expression(let condition): ("Filter Expression", condition.attributes)
            }
        for key in schema.names where attributes.contains(key) {
            throw ServiceError(
                .validation,
                "\(name) can only contain non-primary key attributes: Primary key attribute: \(key)"
            )
        }
    }
}

extension RangeCondition {
    fileprivate func holds(for value: AttributeValue) -> Bool {
        switch self {
        case .equal(let other): ComparisonOperator.equal.holds(value, [other])
        case .below(let other, let inclusive):
            (inclusive ? ComparisonOperator.lessOrEqual : .less).holds(value, [other])
        case .above(let other, let inclusive):
            (inclusive ? ComparisonOperator.greaterOrEqual : .greater).holds(value, [other])
        case .between(let low, let high): ComparisonOperator.between.holds(value, [low, high])
        case .begins(let prefix): ComparisonOperator.beginsWith.holds(value, [prefix])
        }
    }
}
