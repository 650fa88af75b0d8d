import NIOCore
import WeirWire

/// A policy that is attached to a resource: its statements also say whose calls they mean.
///
/// A `Condition` is not judged: a statement that has one allows nothing, and denies to all whom it may mean. None such is attached
/// while the server asks who calls.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
struct ResourcePolicy: Sendable {
    /// A user whose call is judged.
    struct User: Hashable, Sendable {
        /// The user's ARN.
        var arn: String
        /// The account: twelve digits.
        var account: String
    }

    private let statements: [Statement]

    /// A policy by its text. One that is no policy allows nothing and denies nothing.
    init(_ text: String) {
        guard case .map(let document)? = try? WireValue(json: ByteBuffer(string: text)) else {
            statements = []
            return
        }
        statements = PolicyValues.all(document["Statement"]).compactMap { element in
            if case .map(let map) = element { Statement(map) } else { nil }
        }
    }

    /// What the policy says of an action on the resource that it is attached to, when a user performs it.
    func decide(_ action: String, on resource: String, by user: User) -> AccessPolicy.Decision {
        var isAllowed = false
        for statement in statements where statement.covers(action, resource) {
            switch statement.effect {
            case .deny: if statement.denies(user) { return .denied }
            case .allow: isAllowed = isAllowed || statement.allows(user)
            }
        }
        return isAllowed ? .allowed : .notAllowed
    }
}

/// One statement of it.
private struct Statement: Sendable {
    let effect: AccessPolicy.Statement.Effect
    private let principals: [String]
    private let namesOthers: Bool
    private let hasCondition: Bool
    private let actions: PolicyPatterns
    private let resources: PolicyPatterns

    init?(_ map: WireMap) {
        guard case .string(let name)? = map["Effect"], let effect = AccessPolicy.Statement.Effect(rawValue: name) else {
            return nil
        }
        self.effect = effect
        namesOthers = map["NotPrincipal"] != nil
        principals = Self.principals(map["NotPrincipal"] ?? map["Principal"])
        hasCondition = map["Condition"] != nil
        actions = PolicyPatterns(map, "Action", ignoresCase: true)
        resources = PolicyPatterns(map, "Resource", ignoresCase: false)
    }

    /// What is named: `*`, accounts and ARNs. Services and other kinds of principals never sign requests here.
    private static func principals(_ value: WireValue?) -> [String] {
        guard case .map(let kinds)? = value else { return PolicyValues.texts(value) }
        return PolicyValues.texts(kinds["AWS"])
    }

    func covers(_ action: String, _ resource: String) -> Bool {
        actions.cover(action) && resources.cover(resource)
    }

    /// Whether the user is named. To name the account says that it may allow its users something, which their own policies do.
    func allows(_ user: ResourcePolicy.User) -> Bool {
        guard !hasCondition else { return false }
        if namesOthers { return !names(user) && !namesAccount(of: user) }
        return names(user)
    }

    /// Whether the user is named, or the account, of which every user is part.
    func denies(_ user: ResourcePolicy.User) -> Bool {
        namesOthers ? !names(user) : names(user) || namesAccount(of: user)
    }

    private func names(_ user: ResourcePolicy.User) -> Bool { principals.contains { $0 == "*" || $0 == user.arn } }

    private func namesAccount(of user: ResourcePolicy.User) -> Bool {
        principals.contains { $0 == user.account || $0 == "arn:aws:iam::\(user.account):root" }
    }
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
private struct PolicyPatterns: Sendable {
    private let patterns: [WildcardPattern]
    private let meansOthers: Bool

    init(_ map: WireMap, _ name: String, ignoresCase: Bool) {
        let others = map["Not\(name)"]
        // A policy on a resource need not name it.
        let named = others ?? map[name] ?? (name == "Resource" ? .string("*") : nil)
        meansOthers = others != nil
        patterns = PolicyValues.texts(named).map { WildcardPattern($0, ignoresCase: ignoresCase) }
    }

    func cover(_ text: String) -> Bool { patterns.contains { $0.matches(text) } != meansOthers }
}

/// Members of a policy that are one value or a list of them.
private enum PolicyValues {
    static func all(_ value: WireValue?) -> [WireValue] {
        if case .array(let elements)? = value { elements } else { value.map { [$0] } ?? [] }
    }

    static func texts(_ value: WireValue?) -> [String] {
        all(value).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
