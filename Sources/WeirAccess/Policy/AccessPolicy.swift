/// What a user may do: statements, as in an identity-based policy of IAM.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
public struct AccessPolicy: Hashable, Sendable {
    /// One statement.
    public struct Statement: Hashable, Sendable {
        /// Whether what it names is allowed or forbidden.
        public enum Effect: String, Hashable, Sendable {
            /// It may be done.
            case allow = "Allow"
            /// It may not be done, whatever other statements say.
            case deny = "Deny"
        }

        /// Whether what it names is allowed or forbidden.
        public let effect: Effect
        private let actions: [WildcardPattern]
        private let resources: [WildcardPattern]

        /// A statement from its parts.
        ///
        /// - Parameters:
        ///   - effect: Whether what it names is allowed or forbidden.
        ///   - actions: Patterns of actions such as `kinesis:Put*`; upper and lower case are the same.
        ///   - resources: Patterns of ARNs. One that does not begin with `arn:` or `*` is matched against the end of the ARN
        ///     that names the resource in its account: `stream/flights-*`, `table/*`.
        public init(effect: Effect, actions: [String], resources: [String]) {
            self.effect = effect
            self.actions = actions.map { WildcardPattern($0, ignoresCase: true) }
            self.resources = resources.map { text in
                let isWhole = text.hasPrefix("arn:") || text.hasPrefix("*")
                return WildcardPattern(isWhole ? text : "arn:*:*:*:*:\(text)")
            }
        }

        func mayCover(actionsBeginningWith action: String, resourcesBeginningWith resource: String) -> Bool {
            actions.contains { $0.matchesSomething(beginningWith: action) }
                && resources.contains { $0.matchesSomething(beginningWith: resource) }
        }

        func covers(_ action: String, _ resource: String) -> Bool {
            actions.contains { $0.matches(action) } && resources.contains { $0.matches(resource) }
        }
    }

    /// What a policy says of an action on a resource.
    public enum Decision: Hashable, Sendable {
        /// It may be done.
        case allowed
        /// No statement allows it.
        case notAllowed
        /// A statement forbids it.
        case denied
    }

    /// The statements; their order does not matter.
    public let statements: [Statement]

    /// A policy of statements.
    public init(_ statements: [Statement]) { self.statements = statements }

    /// Allows everything.
    public static let everything = AccessPolicy([Statement(effect: .allow, actions: ["*"], resources: ["*"])])

    /// Whether a statement allows an action that begins so on a resource whose ARN begins so, whatever else is forbidden.
    ///
    /// - Parameters:
    ///   - action: For example `kinesis:`, for any action of that service.
    ///   - resource: For example all of an ARN up to the resource's own name.
    public func allowsAnything(actionsBeginningWith action: String, onResourcesBeginningWith resource: String) -> Bool {
        statements.contains {
            $0.effect == .allow && $0.mayCover(actionsBeginningWith: action, resourcesBeginningWith: resource)
        }
    }

    /// What the policy says of an action on a resource.
    ///
    /// - Parameters:
    ///   - action: For example `kinesis:PutRecord`.
    ///   - resource: An ARN; `*` for an action on nothing in particular, which only a statement on all resources covers.
    public func decide(_ action: String, on resource: String) -> Decision {
        var isAllowed = false
        for statement in statements where statement.covers(action, resource) {
            if statement.effect == .deny { return .denied }
            isAllowed = true
        }
        return isAllowed ? .allowed : .notAllowed
    }
}
