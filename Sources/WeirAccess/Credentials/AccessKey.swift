import WeirSigning

/// An access key of the server: its credentials, whose it is, and what it is good for.
public struct AccessKey: Hashable, Sendable {
    /// What requests are signed with.
    public let credentials: Credentials
    /// The name of the user whose key it is.
    public let user: String
    /// What the user may do with it.
    public let policy: AccessPolicy

    /// An access key from its parts.
    public init(credentials: Credentials, user: String, policy: AccessPolicy) {
        self.credentials = credentials
        self.user = user
        self.policy = policy
    }
}
