import WeirModel
import WeirWire

/// A user who signed a request with one of the access keys of the server.
public struct Caller: ActionCaller, Hashable {
    /// The user's name.
    public let user: String
    public let arn: String
    /// What the user may do.
    public let policy: AccessPolicy

    /// A user of an account.
    public init(user: String, account: String, policy: AccessPolicy) {
        self.user = user
        arn = "arn:aws:iam::\(account):user/\(user)"
        self.policy = policy
    }

    public func authorize(_ action: String, on resource: String) throws(ServiceError) {
        let reason: String
        switch policy.decide(action, on: resource) {
        case .allowed: return
        case .notAllowed: reason = "because no identity-based policy allows the \(action) action"
        case .denied: reason = "with an explicit deny in an identity-based policy"
        }
        throw ServiceError(
            .accessDenied,
            "User: \(arn) is not authorized to perform: \(action) on resource: \(resource) \(reason)"
        )
    }
}
