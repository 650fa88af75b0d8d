import WeirModel
import WeirSigning

/// Credentials that are good for a while.
package struct TemporaryCredentials: Hashable, Sendable {
    /// What requests are signed with.
    package var credentials: Credentials
    /// How long they are good for, from the moment they were given; nil for ever. Zero or less when they had expired
    /// before.
    package var lifetime: Duration?

    package init(credentials: Credentials, lifetime: Duration?) {
        self.credentials = credentials
        self.lifetime = lifetime
    }

    /// Credentials that expire at a point in time, by the clock of whoever gave them at `givenAt`: so it does not
    /// matter whether the clock of this machine is right.
    init(credentials: Credentials, expiration: Timestamp?, givenAt: Timestamp) {
        self.init(
            credentials: credentials,
            lifetime: expiration.map { .milliseconds($0.millisecondsSinceEpoch - givenAt.millisecondsSinceEpoch) }
        )
    }
}

/// What a source gave.
package enum FetchedCredentials: Sendable {
    /// Credentials.
    case found(TemporaryCredentials)
    /// The source is not there, or has none; the text says what was looked for.
    case absent(String)
}

/// Something that gives credentials for a while when it is asked: a service, a program.
/// ``RefreshingCredentialProvider`` asks it in time.
package protocol CredentialSource: Sendable {
    /// What it is called in messages, for example `the instance metadata service`.
    var name: String { get }
    /// Whether its credentials go on being used after they expired, while it gives no others: services go on accepting
    /// those of an instance during an outage of its metadata.
    var outlastsOutages: Bool { get }
    /// Asks for credentials. Throws when the source is there but fails.
    func fetch() async throws(ServiceError) -> FetchedCredentials
}
