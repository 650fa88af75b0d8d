import WeirModel
import WeirWire

/// The members that PutItem, UpdateItem, DeleteItem and the steps of a transaction have in common, read and checked.
struct ConditionalWrite: Sendable {
    /// What the item must meet.
    let condition: ItemCondition
    /// Whether the error of a failed condition carries the item.
    let returnsItemOnFailure: Bool
    /// The changes of UpdateItem; nil for the other actions.
    let modification: ItemModification?

    /// The members as they came.
    struct Members {
        var expected: [String: ExpectedAttribute]?
        var conditionalOperator: String?
        var conditionExpression: String?
        var attributeUpdates: [String: AttributeUpdate]?
        var updateExpression: String?
        var names: [String: String]?
        var values: [String: AttributeValue]?
        var returnValuesOnFailure: String?
        /// Whether the action takes changes.
        var isUpdate = false
    }

    /// Reads the members. Throws `validation`.
    init(_ members: Members) throws(ServiceError) {
        var expressions: [(kind: ExpressionKind, text: String?)] = []
        var legacy: [(name: String, isPresent: Bool)] = []
        if members.isUpdate {
            expressions.append((.update, members.updateExpression))
            legacy.append(("AttributeUpdates", members.attributeUpdates != nil))
        }
        expressions.append((.condition, members.conditionExpression))
        legacy.append(("Expected", members.expected != nil))
        legacy.append(("ConditionalOperator", members.conditionalOperator != nil))
        var placeholders = try ExpressionParameters(expressions, legacy: legacy).placeholders(
            names: members.names,
            values: members.values
        )

        if let text = members.updateExpression {
            modification = .expression(try UpdateParser.update(text, &placeholders))
        } else {
            modification = members.isUpdate ? .legacy(try ItemUpdate(members.attributeUpdates)) : nil
        }
        if let text = members.conditionExpression {
            condition = .expression(try ConditionParser.condition(text, .condition, &placeholders))
        } else {
            condition = .legacy(
                try Expectations(members.expected, conditionalOperator: members.conditionalOperator)
            )
        }
        try placeholders.checkAllUsed()
        returnsItemOnFailure = members.returnValuesOnFailure == "ALL_OLD"
    }

    /// Throws `conditionalCheckFailed` unless an item (nil: there is none) meets the condition.
    func check(_ item: Item?) throws(ServiceError) {
        try condition.check(item, returnsItem: returnsItemOnFailure)
    }
}

extension Validator {
    /// Checks the members of writes that have a few values to choose from, but for `ReturnValues`.
    mutating func capacity(_ returnConsumedCapacity: String?) {
        choice("returnConsumedCapacity", returnConsumedCapacity, of: ["INDEXES", "TOTAL", "NONE"])
    }

    mutating func collectionMetrics(_ returnItemCollectionMetrics: String?) {
        choice("returnItemCollectionMetrics", returnItemCollectionMetrics, of: ["SIZE", "NONE"])
    }

    mutating func returnOnFailure(_ value: String?, at path: String = "returnValuesOnConditionCheckFailure") {
        choice(path, value, of: ["ALL_OLD", "NONE"])
    }
}
