import WeirModel
import WeirSigning

/// What a credential source has.
public enum CredentialLookup: Sendable {
    /// Requests are signed with these.
    case found(Credentials)
    /// Requests are not signed.
    case anonymous
    /// The source has none; the text says what was looked for.
    case absent(String)

    /// What to sign with; nil for no signature. Throws `configuration` when there are none.
    func signingCredentials() throws(ServiceError) -> Credentials? {
        switch self {
        case .found(let credentials): return credentials
        case .anonymous: return nil
        case .absent(let reason): throw ServiceError(.configuration, "No credentials were found: \(reason).")
        }
    }
}

/// A source of credentials.
///
/// It is asked before every attempt of every call, so that credentials may change; a source that has to ask another
/// service keeps what it got until shortly before it expires.
public protocol CredentialProvider: Sendable {
    /// The credentials of now. Throws when the source is there but cannot be read.
    func credentials() async throws(ServiceError) -> CredentialLookup
}

/// Credentials that never change.
public struct StaticCredentialProvider: CredentialProvider {
    private let value: Credentials

    /// A source of the one value.
    public init(_ credentials: Credentials) {
        value = credentials
    }

    public func credentials() async throws(ServiceError) -> CredentialLookup { .found(value) }
}

/// Leaves requests unsigned, for servers that do not ask for signatures.
public struct AnonymousCredentialProvider: CredentialProvider {
    /// The one there is.
    public init() {}

    public func credentials() async throws(ServiceError) -> CredentialLookup { .anonymous }
}

extension CredentialProvider where Self == StaticCredentialProvider {
    /// Credentials that never change.
    public static func `static`(
        accessKeyID: String,
        secretAccessKey: String,
        sessionToken: String? = nil
    ) -> StaticCredentialProvider {
        StaticCredentialProvider(
            Credentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
        )
    }
}

extension CredentialProvider where Self == AnonymousCredentialProvider {
    /// Requests are not signed.
    public static var anonymous: AnonymousCredentialProvider { AnonymousCredentialProvider() }
}
