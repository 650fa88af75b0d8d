/// What a request is signed with: an access key of AWS, or of a Weir server.
///
/// Its description does not show the secrets.
public struct Credentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The public name of the key.
    public var accessKeyID: String
    /// The secret of the key.
    public var secretAccessKey: String
    /// The token of temporary credentials.
    public var sessionToken: String?

    /// Credentials from their parts.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    public var description: String {
        "Credentials(\(accessKeyID)\(sessionToken == nil ? "" : ", with session token"))"
    }

    public var debugDescription: String { description }
}
