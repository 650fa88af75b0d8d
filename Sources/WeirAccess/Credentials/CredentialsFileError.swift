/// Why a credentials file cannot be used.
public struct CredentialsFileError: Error, Sendable, CustomStringConvertible {
    /// For people: names the file and the place in it, and no secret.
    public let description: String

    /// An error by its text.
    public init(_ description: String) { self.description = description }
}
