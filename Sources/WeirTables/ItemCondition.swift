import WeirModel
import WeirWire

/// What an item must meet, in either of the two forms that requests have for it.
enum ItemCondition: Sendable {
    /// `Expected`, `ScanFilter` or `QueryFilter`. Empty ones are met by every item.
    case legacy(Expectations)
    /// `ConditionExpression` or `FilterExpression`.
    case expression(Condition)

    /// Whether an item (nil: there is none) meets the condition.
    func holds(for item: Item?) -> Bool {
        switch self {
        case .legacy(let expectations): expectations.hold(for: item)
        case .expression(let condition): condition.holds(for: item)
        }
    }

    /// Throws `conditionalCheckFailed` unless an item (nil: there is none) meets the condition. The error carries the item
    /// where the request asked for it.
    func check(_ item: Item?, returnsItem: Bool) throws(ServiceError) {
        guard !holds(for: item) else { return }
        let failure = returnsItem ? item.map(ConditionFailure.init) : nil
        throw ServiceError(.conditionalCheckFailed, "The conditional request failed", cause: failure)
    }
}
