import WeirModel
import WeirWire

/// The changes that an UpdateItem call makes to an item.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html
struct ItemUpdate: Sendable {
    private enum Change: Sendable {
        /// The attribute gets the value.
        case put(AttributeValue)
        /// The number grows, or the set gets the elements.
        case add(AttributeValue)
        /// The set loses the elements.
        case subtract(AttributeValue)
        /// The attribute goes.
        case remove
    }

    private let changes: [(attribute: String, change: Change)]

    /// The names of the attributes that change.
    var attributes: Set<String> { Set(changes.map(\.attribute)) }

    /// The changes of `AttributeUpdates`. Throws `validation` when an action does not take the type of its value.
    init(_ updates: [String: AttributeUpdate]?) throws(ServiceError) {
        var changes: [(attribute: String, change: Change)] = []
        for (attribute, update) in (updates ?? [:]).sorted(by: { $0.key < $1.key }) {
            changes.append((attribute, try Self.change(attribute, update)))
        }
        self.changes = changes
    }

    private static func change(_ attribute: String, _ update: AttributeUpdate) throws(ServiceError) -> Change {
        let action = update.action ?? "PUT"
        var validator = Validator()
        validator.choice("attributeUpdates.\(attribute).member.action", action, of: ["ADD", "PUT", "DELETE"])
        try validator.finish()

        guard let value = update.value else {
            guard action == "DELETE" else {
                throw ServiceError(
                    .validation,
                    """
                    One or more parameter values were invalid: \
                    Only DELETE action is allowed when no attribute value is specified
                    """
                )
            }
            return .remove
        }
        switch (action, value) {
        case ("PUT", _): return .put(value)
        case ("ADD", .number), ("ADD", .stringSet), ("ADD", .numberSet), ("ADD", .binarySet), ("ADD", .list):
            return .add(value)
        case ("DELETE", .stringSet), ("DELETE", .numberSet), ("DELETE", .binarySet): return .subtract(value)
        default:
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: \
                \(action) action \(action == "DELETE" ? "with value " : "")is not supported for the type \(value.typeName)
                """
            )
        }
    }

    /// The item after the changes. A missing item is made from its key, unless nothing but removals would make it; then
    /// the result is nil. Throws `validation` when a change does not fit the type that the attribute has.
    func apply(to old: Item?, key: Item) throws(ServiceError) -> Item? {
        let onlyRemoves = changes.allSatisfy { change in
            switch change.change {
            case .remove, .subtract: true
            case .put, .add: false
            }
        }
        if old == nil, onlyRemoves, !changes.isEmpty { return nil }
        var item = old ?? key
        for (attribute, change) in changes {
            switch change {
            case .put(let value): item[attribute] = value
            case .remove: item[attribute] = nil
            case .add(let value): item[attribute] = try Self.sum(item[attribute], value)
            case .subtract(let value): item[attribute] = try Self.difference(item[attribute], value)
            }
        }
        return item
    }

    /// What adding a value makes of an attribute.
    static func sum(_ old: AttributeValue?, _ value: AttributeValue) throws(ServiceError) -> AttributeValue {
        switch (old, value) {
        case (nil, _): return value
        case (.number(let left), .number(let right)):
            guard let left = DecimalNumber(left), let right = DecimalNumber(right) else { throw typeMismatch }
            return .number(try left.adding(right).description)
        case (.stringSet(let left), .stringSet(let right)): return .stringSet(left.union(right))
        case (.numberSet(let left), .numberSet(let right)): return .numberSet(left.union(right))
        case (.binarySet(let left), .binarySet(let right)): return .binarySet(left.union(right))
        case (.list(let left), .list(let right)): return .list(left + right)
        default: throw typeMismatch
        }
    }

    /// What is left of a set; nil when nothing is, because a set cannot be empty.
    static func difference(
        _ old: AttributeValue?,
        _ value: AttributeValue
    ) throws(ServiceError) -> AttributeValue? {
        switch (old, value) {
        case (nil, _): return nil
        case (.stringSet(let left), .stringSet(let right)):
            let rest = left.subtracting(right)
            return rest.isEmpty ? nil : .stringSet(rest)
        case (.numberSet(let left), .numberSet(let right)):
            let rest = left.subtracting(right)
            return rest.isEmpty ? nil : .numberSet(rest)
        case (.binarySet(let left), .binarySet(let right)):
            let rest = left.subtracting(right)
            return rest.isEmpty ? nil : .binarySet(rest)
        default: throw typeMismatch
        }
    }

    static var typeMismatch: ServiceError {
        ServiceError(.validation, "Type mismatch for attribute to update")
    }
}
