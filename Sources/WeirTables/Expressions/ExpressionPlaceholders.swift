import WeirModel
import WeirWire

/// What the placeholders of a request stand for, and which of them its expressions have used.
struct ExpressionPlaceholders: Sendable {
    private let names: [String: String]
    private let values: [String: AttributeValue]
    private var unusedNames: Set<String>
    private var unusedValues: Set<String>

    /// The members `ExpressionAttributeNames` and `ExpressionAttributeValues`. Throws `validation` when one of them is
    /// there but empty, or has a key that is no placeholder.
    init(names: [String: String]?, values: [String: AttributeValue]?) throws(ServiceError) {
        try Self.check(names?.keys, "Names", mark: UInt8(ascii: "#"))
        try Self.check(values?.keys, "Values", mark: UInt8(ascii: ":"))
        self.names = names ?? [:]
        self.values = values ?? [:]
        unusedNames = Set(self.names.keys)
        unusedValues = Set(self.values.keys)
    }

    private static func check(
        _ keys: (some Collection<String>)?,
        _ what: String,
        mark: UInt8
    ) throws(ServiceError) {
        guard let keys else { return }
        guard !keys.isEmpty else { throw ServiceError(.validation, "ExpressionAttribute\(what) must not be empty") }
        for key in keys.sorted() {
            let tokens = ExpressionToken.tokens(of: Array(key.utf8))
            let isPlaceholder =
                tokens.count == 2 && tokens[0].range.count == key.utf8.count && key.utf8.first == mark
                && (tokens[0].kind == .namePlaceholder || tokens[0].kind == .valuePlaceholder)
            guard isPlaceholder else {
                throw ServiceError(
                    .validation,
                    "ExpressionAttribute\(what) contains invalid key: Syntax error; key: \"\(key)\""
                )
            }
        }
    }

    /// The name that a placeholder stands for; nil when it is not defined.
    mutating func name(_ placeholder: String) -> String? {
        unusedNames.remove(placeholder)
        return names[placeholder]
    }

    /// The value that a placeholder stands for; nil when it is not defined.
    mutating func value(_ placeholder: String) -> AttributeValue? {
        unusedValues.remove(placeholder)
        return values[placeholder]
    }

    /// Throws `validation` when no expression has used one of the placeholders.
    func checkAllUsed() throws(ServiceError) {
        for (what, unused) in [("Names", unusedNames), ("Values", unusedValues)] where !unused.isEmpty {
            throw ServiceError(
                .validation,
                """
                Value provided in ExpressionAttribute\(what) unused in expressions: \
                keys: {\(unused.sorted().joined(separator: ", "))}
                """
            )
        }
    }
}
