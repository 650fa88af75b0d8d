/// Signs requests with Signature Version 4, in the `authorization` header.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
public struct RequestSigner: Sendable {
    /// The region of the signatures.
    public let region: String
    /// The service's name in signatures, for example `kinesis`.
    public let service: String
    private let keys: SigningKeyCache

    /// A signer for one service in one region.
    public init(region: String, service: String, keys: SigningKeyCache = SigningKeyCache()) {
        self.region = region
        self.service = service
        self.keys = keys
    }

    /// The headers to add to the request: `x-amz-date`, `x-amz-security-token` with temporary credentials, and
    /// `authorization`, whose signature covers all headers of the request and the two before.
    public func headers(
        signing request: SignableRequest,
        credentials: Credentials,
        time: SigningTime
    ) -> [(name: String, value: String)] {
        var added = [(name: "x-amz-date", value: time.dateTime)]
        if let token = credentials.sessionToken { added.append((name: "x-amz-security-token", value: token)) }
        var request = request
        request.headers += added

        let scope = CredentialScope(date: time.date, region: region, service: service)
        let canonical = CanonicalRequest(request)
        let key = keys.key(secretAccessKey: credentials.secretAccessKey, scope: scope)
        let signature = key.signature(of: canonical.stringToSign(scope: scope, time: time))
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        added.append((name: "authorization", value: authorization))
        return added
    }
}
