import WeirModel
import WeirWire

/// Which of the members of a request that exclude each other are there.
struct ExpressionParameters {
    private let expressions: [(kind: ExpressionKind, isPresent: Bool)]
    private let others: [(name: String, isPresent: Bool)]

    /// The members of a request that hold expressions, and the legacy members that stand for them.
    init(
        _ expressions: [(kind: ExpressionKind, text: String?)],
        legacy others: [(name: String, isPresent: Bool)] = []
    ) {
        self.expressions = expressions.map { ($0.kind, $0.text != nil) }
        self.others = others
    }

    /// The placeholders of the request. Throws `validation` when it mixes expressions with legacy members, or has
    /// placeholders and no expression for them.
    func placeholders(
        names: [String: String]?,
        values: [String: AttributeValue]? = nil
    ) throws(ServiceError) -> ExpressionPlaceholders {
        let present = expressions.filter(\.isPresent)
        let legacy = others.filter(\.isPresent)
        if !present.isEmpty, !legacy.isEmpty {
            throw ServiceError(
                .validation,
                """
                Can not use both expression and non-expression parameters in the same request: \
                Non-expression parameters: {\(legacy.map(\.name).joined(separator: ", "))} \
                Expression parameters: {\(present.map(\.kind.rawValue).joined(separator: ", "))}
                """
            )
        }
        if names != nil, present.isEmpty {
            throw ServiceError(.validation, "ExpressionAttributeNames can only be specified when using expressions")
        }
        let withValues = expressions.filter { $0.kind != .projection }
        if values != nil, !withValues.contains(where: \.isPresent) {
            let list = withValues.map(\.kind.rawValue).joined(separator: " and ")
            throw ServiceError(
                .validation,
                """
                ExpressionAttributeValues can only be specified when using expressions: \
                \(list) \(withValues.count > 1 ? "are" : "is") null
                """
            )
        }
        return try ExpressionPlaceholders(names: names, values: values)
    }
}
