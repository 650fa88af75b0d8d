import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The items of a table, page by page, of which those are given that pass the filter.
    func scan(_ request: Scan.Request) async throws(ServiceError) -> Scan.Response {
        let name = try tableName(request.tableName)
        try validate(request, name)
        let filter = try filter(of: request)
        let table = try await table(name)
        var start: AttributeValue?
        if let key = request.exclusiveStartKey { start = try startKey(key, table) }
        // The first segment of a parallel scan holds everything.
        if let segment = request.segment, segment > 0 { return Scan.Response(items: [], count: 0, scannedCount: 0) }

        let page: (items: [Item], lastKey: AttributeValue?)
        do throws(ServiceError) {
            page = try await store.scan(
                table: name,
                after: start,
                limit: request.limit ?? .max,
                maximumBytes: Limits.maximumScanSizeInBytes
            )
        } catch {
            throw itemError(error)
        }
        let items = page.items.filter(filter.hold)
        return Scan.Response(
            items: request.select == "COUNT" ? [] : items.map { attributes(request.attributesToGet, of: $0) },
            count: items.count,
            scannedCount: page.items.count,
            lastEvaluatedKey: page.lastKey.map { [table.hashKeyName: $0] }
        )
    }

    private func validate(_ request: Scan.Request, _ name: String) throws(ServiceError) {
        var validator = Validator()
        validator.choice(
            "select",
            request.select,
            of: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]
        )
        validator.number("limit", request.limit, atLeast: 1)
        validator.table(name)
        validator.number("totalSegments", request.totalSegments, 1...Limits.maximumScanSegments)
        validator.number("segment", request.segment, 0...(Limits.maximumScanSegments - 1))
        try validator.finish()
        try refuseUnsupported([
            ("ProjectionExpression", request.projectionExpression != nil),
            ("IndexName", request.indexName != nil),
        ])
        if request.segment == nil, request.totalSegments != nil {
            throw ServiceError(
                .validation,
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
            )
        }
        guard let segment = request.segment else { return }
        guard let total = request.totalSegments else {
            throw ServiceError(
                .validation,
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
            )
        }
        guard segment < total else {
            throw ServiceError(
                .validation,
                """
                The Segment parameter is zero-based and must be less than parameter TotalSegments: \
                Segment: \(segment) is not less than TotalSegments: \(total)
                """
            )
        }
    }

    private func filter(of request: Scan.Request) throws(ServiceError) -> Expectations {
        guard let expression = request.filterExpression else {
            return try Expectations(request.scanFilter, conditionalOperator: request.conditionalOperator)
        }
        if request.scanFilter != nil {
            throw ServiceError(
                .validation,
                """
                Can not use both expression and non-expression parameters in the same request: \
                Non-expression parameters: {ScanFilter} Expression parameters: {FilterExpression}
                """
            )
        }
        return try FilterExpression(
            expression,
            names: request.expressionAttributeNames,
            values: request.expressionAttributeValues
        ).expectations
    }

    private func startKey(_ key: Item, _ table: TableDescription) throws(ServiceError) -> AttributeValue {
        do throws(ServiceError) {
            return try table.hashKey(of: key)
        } catch {
            throw ServiceError(.validation, "The provided starting key is invalid: \(error.message)")
        }
    }
}
