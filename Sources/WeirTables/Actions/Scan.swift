import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The items of a table or index, page by page, of which those are given that pass the filter.
    func scan(_ request: Scan.Request) async throws(ServiceError) -> Scan.Response {
        let name = try tableName(request.tableName)
        try validate(request, name)
        var placeholders = try ExpressionParameters(
            [(.projection, request.projectionExpression), (.filter, request.filterExpression)],
            legacy: [
                ("AttributesToGet", request.attributesToGet != nil), ("ScanFilter", request.scanFilter != nil),
                ("ConditionalOperator", request.conditionalOperator != nil),
            ]
        ).placeholders(names: request.expressionAttributeNames, values: request.expressionAttributeValues)
        let segment = try segment(of: request)
        let reading = try ItemReading(request, &placeholders)
        try placeholders.checkAllUsed()

        let table = try await table(name)
        let index = try reading.index(of: table)
        if let start = request.exclusiveStartKey { try reading.checkStart(start, table: table, index: index) }
        var scan = request.scan(table, index)
        scan.segment = segment
        return try await page(scan, reading, table: table, index: index)
    }

    private func validate(_ request: Scan.Request, _ name: String) throws(ServiceError) {
        var validator = Validator()
        validator.page(request, table: name)
        validator.number("totalSegments", request.totalSegments, 1...Limits.maximumScanSegments)
        validator.number("segment", request.segment, 0...(Limits.maximumScanSegments - 1))
        try validator.finish()
    }

    private func segment(of request: Scan.Request) throws(ServiceError) -> ScanSegment? {
        if request.segment == nil, request.totalSegments != nil {
            throw ServiceError(
                .validation,
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
            )
        }
        guard let segment = request.segment else { return nil }
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
        return ScanSegment(segment, of: total)
    }
}
