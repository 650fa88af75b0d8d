import WeirModel
import WeirWire

/// A user who signed a request with one of the access keys of the server.
public struct Caller: ActionCaller, Hashable {
    /// The user's name.
    public let user: String
    public let arn: String
    /// What the user may do.
    public let policy: AccessPolicy
    /// The key that the request was signed with; nil where it is not known.
    let key: AccessKey?
    private let account: String

    /// A user of an account.
    public init(user: String, account: String, policy: AccessPolicy) {
        self.init(user, account, policy, nil)
    }

    /// The user of a key.
    init(_ key: AccessKey, account: String) { self.init(key.user, account, key.policy, key) }

    private init(_ user: String, _ account: String, _ policy: AccessPolicy, _ key: AccessKey?) {
        self.user = user
        arn = "arn:aws:iam::\(account):user/\(user)"
        self.policy = policy
        self.key = key
        self.account = account
    }

    public func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError) {
        let reason: String
        switch (policy.decide(action, on: resource), decide(action, on: resource, by: resourcePolicy)) {
        case (.denied, _): reason = "with an explicit deny in an identity-based policy"
        case (_, .denied): reason = "with an explicit deny in a resource-based policy"
        case (.allowed, _), (_, .allowed): return
        case (.notAllowed, .notAllowed): reason = "because no identity-based policy allows the \(action) action"
        }
        throw ServiceError(
            .accessDenied,
            "User: \(arn) is not authorized to perform: \(action) on resource: \(resource) \(reason)"
        )
    }

    /// What the policy that is attached to a resource says of the caller.
    private func decide(_ action: String, on resource: String, by resourcePolicy: String?) -> AccessPolicy.Decision {
        guard let resourcePolicy else { return .notAllowed }
        return ResourcePolicy(resourcePolicy).decide(action, on: resource, by: .init(arn: arn, account: account))
    }

    /// Whether the same user may do something with another key, or with another policy of the same key.
    func isAllowed(_ action: String, on resource: String, resourcePolicy: String?, by key: AccessKey) -> Bool {
        (try? Caller(key, account: account).authorize(action, on: resource, resourcePolicy: resourcePolicy)) != nil
    }

    /// Asks whether the caller may do anything at all in a region. Throws `accessDenied` when not.
    ///
    /// - Parameters:
    ///   - region: The region.
    ///   - action: The action that the error names.
    ///   - service: Its service, as policies name it.
    public func authorizeAnything(in region: String, for action: String, of service: String) throws(ServiceError) {
        let isAllowed = ["kinesis", "dynamodb"].contains { service in
            policy.allowsAnything(
                actionsBeginningWith: "\(service):",
                onResourcesBeginningWith: "arn:aws:\(service):\(region):\(account):"
            )
        }
        guard !isAllowed else { return }
        throw ServiceError(
            .accessDenied,
            """
            User: \(arn) is not authorized to perform: \(service):\(action) on resource: \
            arn:aws:\(service):\(region):\(account):* because no identity-based policy allows the \
            \(service):\(action) action
            """
        )
    }
}
