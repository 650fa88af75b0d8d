import WeirModel
import WeirWire

/// Which parts of an item a request asks for, in either of the two forms that requests have for it.
struct ItemParts: Sendable {
    /// The parts; nil for the whole item.
    private let paths: [DocumentPath]?

    /// Everything.
    static let all = ItemParts(paths: nil)

    private init(paths: [DocumentPath]?) { self.paths = paths }

    /// The parts that `AttributesToGet` names or the expression. Throws `validation`.
    init(
        attributesToGet: [String]?,
        projection: String?,
        names: [String: String]?
    ) throws(ServiceError) {
        var placeholders = try ExpressionParameters(
            [(.projection, projection)],
            legacy: [("AttributesToGet", attributesToGet != nil)]
        ).placeholders(names: names)
        try self.init(attributesToGet: attributesToGet, projection: projection, &placeholders)
        try placeholders.checkAllUsed()
    }

    /// The same for a request that has other expressions besides.
    init(
        attributesToGet: [String]?,
        projection: String?,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) {
        if let projection {
            paths = try ProjectionExpression(projection, &placeholders).paths
            return
        }
        guard let attributesToGet else {
            paths = nil
            return
        }
        var seen: Set<String> = []
        for attribute in attributesToGet where !seen.insert(attribute).inserted {
            throw ServiceError(
                .validation,
                "One or more parameter values were invalid: Duplicate value in attribute name: \(attribute)"
            )
        }
        paths = attributesToGet.map { DocumentPath($0) }
    }

    /// The attributes that are asked for; nil when it is all.
    var attributes: Set<String>? { paths.map { Set($0.map(\.attribute)) } }

    /// What an item has of the parts.
    func of(_ item: Item) -> Item { paths.map(item.parts) ?? item }
}
