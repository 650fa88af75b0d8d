import WeirModel
import WeirStore
import WeirWire

/// A step of TransactWriteItems, read and checked as far as that goes without its table.
struct TransactionStepPlan: Sendable {
    /// What the step does to its item.
    enum Kind: String, Sendable {
        case conditionCheck
        case put
        case delete
        case update
    }

    let kind: Kind
    let tableName: String?
    private let item: Item
    private let write: ConditionalWrite

    /// Reads a step. Throws `validation`.
    init(_ step: TransactWriteItem) throws(ServiceError) {
        let (kind, members) = try Self.members(step)
        self.kind = kind
        tableName = members.tableName
        item = (kind == .put ? members.item : members.key) ?? [:]
        write = try ConditionalWrite(
            .init(
                conditionExpression: members.conditionExpression,
                updateExpression: kind == .update ? members.updateExpression : nil,
                names: members.expressionAttributeNames,
                values: members.expressionAttributeValues,
                returnValuesOnFailure: members.returnValuesOnConditionCheckFailure,
                isUpdate: kind == .update
            )
        )
    }

    /// The one member that a step has.
    static func members(_ step: TransactWriteItem) throws(ServiceError) -> (kind: Kind, members: TransactionStep) {
        let all: [(Kind, TransactionStep?)] = [
            (.conditionCheck, step.conditionCheck), (.put, step.put), (.delete, step.delete), (.update, step.update),
        ]
        let present = all.compactMap { kind, members in members.map { (kind, $0) } }
        guard let first = present.first, present.count == 1 else {
            throw ServiceError(
                .validation,
                "TransactItems can only contain one of Check, Put, Update or Delete"
            )
        }
        return first
    }

    /// Checks the members by themselves.
    static func check(_ step: TransactWriteItem, at path: String, _ validator: inout Validator) {
        guard let (kind, members) = try? members(step) else { return }
        let path = "\(path).\(kind.rawValue)"
        validator.require("\(path).tableName", members.tableName != nil)
        if kind == .put {
            validator.require("\(path).item", members.item != nil)
        } else {
            validator.require("\(path).key", members.key != nil)
        }
        if kind == .update { validator.require("\(path).updateExpression", members.updateExpression != nil) }
        if kind == .conditionCheck {
            validator.require("\(path).conditionExpression", members.conditionExpression != nil)
        }
        validator.returnOnFailure(
            members.returnValuesOnConditionCheckFailure,
            at: "\(path).returnValuesOnConditionCheckFailure"
        )
    }

    /// What is changed of a table. Throws what the whole transaction is refused for; what concerns the step alone is
    /// `failure`, and cancels the transaction.
    func change(of table: TableDescription) throws(ServiceError) -> (change: ItemChange, failure: ServiceError?) {
        for attribute in table.keySchema.attributes {
            if let value = item[attribute.name] { try attribute.checkNotEmpty(value) }
        }
        let key: Item
        do throws(ServiceError) {
            if kind == .put {
                key = try table.key(ofItem: item)
            } else {
                try table.check(key: item)
                key = item
            }
            try write.modification?.checkKey(table.keySchema)
        } catch {
            // The key cannot be looked up, and is not.
            return (ItemChange(ItemReference(table: table.name, key: item)) { old in old }, error)
        }
        let kind = kind
        let item = item
        let write = write
        let change = ItemChange(ItemReference(table: table.name, key: key)) { old throws(ServiceError) in
            try write.check(old)
            switch kind {
            case .conditionCheck: return old
            case .put: return item
            case .delete: return nil
            case .update:
                let new = try write.modification?.applied(to: old, key: key) ?? nil
                if let new { try table.checkIndexKeys(of: new) }
                return new
            }
        }
        return (change, nil)
    }
}
