import WeirModel
import WeirWire

/// The changes that an update expression makes to an item.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
struct UpdateExpression: Sendable {
    /// What the expression says of one path.
    enum Action: Sendable {
        case set(Value)
        case remove
        /// Adds to a number, or elements to a set.
        case add(AttributeValue)
        /// Takes elements from a set.
        case delete(AttributeValue)
    }

    /// What a path is set to.
    indirect enum Value: Sendable {
        case path(DocumentPath)
        case value(AttributeValue)
        case sum(Value, Value)
        case difference(Value, Value)
        case ifAbsent(DocumentPath, Value)
        case appended(Value, Value)
    }

    /// The changes, in the order of the expression.
    let changes: [(path: DocumentPath, action: Action)]

    /// Whether the expression does nothing but take away, so that it makes no item where there is none.
    var onlyRemoves: Bool {
        changes.allSatisfy { change in
            switch change.action {
            case .remove, .delete: true
            case .set, .add: false
            }
        }
    }

    /// The item after the changes. They all start from the item as it was. Throws `validation` when one does not fit what
    /// the item holds.
    func applied(to old: Item) throws(ServiceError) -> Item {
        var sets: [(path: DocumentPath, value: AttributeValue)] = []
        var removals: [DocumentPath] = []
        var others: [(path: DocumentPath, action: Action)] = []
        for change in changes {
            switch change.action {
            case .set(let value): sets.append((change.path, try value.resolved(in: old)))
            case .remove: removals.append(change.path)
            case .add, .delete: others.append(change)
            }
        }
        // What is set behind the end of a list follows the order of the indexes; what is removed from one must not move
        // what is removed later.
        sets.sort { $0.path.lastIndex < $1.path.lastIndex }
        // What is nested deeper goes first: its own path runs through elements that others remove.
        removals.sort { ($0.elements.count, $0.lastIndex) > ($1.elements.count, $1.lastIndex) }

        var root = AttributeValue.map(old)
        for (path, value) in sets { try root.change(at: path.elements[...]) { $0 = value } }
        for (path, action) in others {
            try root.change(at: path.elements[...]) { value throws(ServiceError) in
                value = try action.applied(to: value)
            }
        }
        for path in removals { try root.change(at: path.elements[...]) { $0 = nil } }
        guard case .map(let item) = root else { return old }
        return item
    }
}

extension DocumentPath {
    /// The index that the path ends with; -1 when it ends with a name.
    fileprivate var lastIndex: Int {
        guard case .index(let index)? = rest.last else { return -1 }
        return index
    }
}

extension UpdateExpression.Action {
    /// What ADD and DELETE make of a value.
    fileprivate func applied(to old: AttributeValue?) throws(ServiceError) -> AttributeValue? {
        do throws(ServiceError) {
            switch self {
            case .add(let value): return try ItemUpdate.sum(old, value)
            case .delete(let value): return try ItemUpdate.difference(old, value)
            case .set, .remove: return old
            }
        } catch {
            guard error.message == ItemUpdate.typeMismatch.message else { throw error }
            throw UpdateExpression.incorrectType
        }
    }
}

extension UpdateExpression {
    fileprivate static var incorrectType: ServiceError {
        ServiceError(.validation, "An operand in the update expression has an incorrect data type")
    }
}

extension UpdateExpression.Value {
    /// The value for an item. Throws when it refers to what is not there.
    fileprivate func resolved(in item: Item) throws(ServiceError) -> AttributeValue {
        switch self {
        case .value(let value): return value
        case .path(let path):
            guard let value = path.value(in: item) else {
                throw ServiceError(
                    .validation,
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            }
            return value
        case .ifAbsent(let path, let other):
            if let value = path.value(in: item) { return value }
            return try other.resolved(in: item)
        case .sum(let left, let right):
            return .number(try left.number(in: item).adding(try right.number(in: item)).description)
        case .difference(let left, let right):
            return .number(try left.number(in: item).adding(try right.number(in: item).negated).description)
        case .appended(let left, let right):
            guard case .list(let first) = try left.resolved(in: item),
                case .list(let rest) = try right.resolved(in: item)
            else { throw UpdateExpression.incorrectType }
            return .list(first + rest)
        }
    }

    private func number(in item: Item) throws(ServiceError) -> DecimalNumber {
        guard case .number(let text) = try resolved(in: item), let number = DecimalNumber(text) else {
            throw UpdateExpression.incorrectType
        }
        return number
    }
}

extension AttributeValue {
    /// Changes what stands at a path, which may be nothing before and after. Throws when the path leads nowhere.
    fileprivate mutating func change(
        at path: ArraySlice<DocumentPath.Element>,
        _ change: (inout AttributeValue?) throws(ServiceError) -> Void
    ) throws(ServiceError) {
        let rest = path.dropFirst()
        switch (path.first, self) {
        case (.name(let name)?, .map(var map)):
            // What is taken out while it is changed need not be copied.
            self = .null
            var child = map.removeValue(forKey: name)
            try Self.change(&child, at: rest, change)
            map[name] = child
            self = .map(map)
        case (.index(let index)?, .list(var list)):
            self = .null
            var child = index < list.count ? list[index] : nil
            try Self.change(&child, at: rest, change)
            switch (index < list.count, child) {
            case (true, let child?): list[index] = child
            case (true, nil): list.remove(at: index)
            case (false, let child?): list.append(child)
            case (false, nil): break
            }
            self = .list(list)
        default:
            throw Self.invalidPath
        }
    }

    private static func change(
        _ child: inout AttributeValue?,
        at path: ArraySlice<DocumentPath.Element>,
        _ change: (inout AttributeValue?) throws(ServiceError) -> Void
    ) throws(ServiceError) {
        guard !path.isEmpty else { return try change(&child) }
        guard var value = child else { throw invalidPath }
        child = nil
        try value.change(at: path, change)
        child = value
    }

    private static var invalidPath: ServiceError {
        ServiceError(.validation, "The document path provided in the update expression is invalid for update")
    }
}
