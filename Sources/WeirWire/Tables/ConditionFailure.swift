/// The cause of an error whose answer says more than the code and the message.
public protocol ErrorMembers: Error {
    /// What stands in the body besides `__type` and the message.
    var members: WireMap { get }
}

/// The cause of `conditionalCheckFailed` where the request asked for the item that did not meet the condition.
public struct ConditionFailure: ErrorMembers, Hashable {
    /// The item.
    public var item: Item

    /// A failure of a condition on an item.
    public init(item: Item) { self.item = item }

    public var members: WireMap { ["Item": item.wireValue] }
}

/// The cause of `transactionCanceled`: what each step of the transaction has to do with it.
public struct TransactionFailure: ErrorMembers, Hashable {
    /// The part of a step.
    public struct Reason: Hashable, Sendable {
        /// `None`, `ConditionalCheckFailed`, `ValidationError`, …
        public var code: String
        /// For people.
        public var message: String?
        /// The item that did not meet a condition, where the request asked for it.
        public var item: Item?

        /// A reason from its parts.
        public init(code: String, message: String? = nil, item: Item? = nil) {
            self.code = code
            self.message = message
            self.item = item
        }

        var wireValue: WireValue {
            var members = [WireMember("Code", .string(code))]
            if let message { members.append(WireMember("Message", .string(message))) }
            if let item { members.append(WireMember("Item", item.wireValue)) }
            return .map(WireMap(members))
        }
    }

    /// One for each step, in order.
    public var reasons: [Reason]

    /// A failure for some reasons.
    public init(reasons: [Reason]) { self.reasons = reasons }

    public var members: WireMap { ["CancellationReasons": .array(reasons.map(\.wireValue))] }
}
