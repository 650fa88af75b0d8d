import Crypto

/// The key that signatures of one scope are made with, derived from the secret.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
public struct SigningKey: Sendable {
    let key: SymmetricKey

    /// Derives the key of a scope.
    public init(secretAccessKey: String, scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4\(secretAccessKey)".utf8))
        for part in [scope.date, scope.region, scope.service, "aws4_request"] {
            let code = HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)
            key = SymmetricKey(data: Array(code))
        }
        self.key = key
    }

    /// The signature of a text, in hexadecimal.
    public func signature(of stringToSign: String) -> String {
        hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(stringToSign.utf8), using: key))
    }
}
