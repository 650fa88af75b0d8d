import WeirModel

/// Verifies Signature Version 4: pure, but for a cache of derived keys.
///
/// It finds what is wrong in the order of AWS: the time, the signed headers, the algorithm, the credential and its scope,
/// the access key, the signature, the session token. The body is hashed only when everything before the signature is
/// right.
public struct SignatureVerifier: Sendable {
    /// The one algorithm.
    static let algorithm = "AWS4-HMAC-SHA256"
    /// What stands for the hash of a body that the signature does not cover.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    private let keys: SigningKeyCache
    private let maximumClockSkewInSeconds: Int

    /// A verifier.
    ///
    /// - Parameters:
    ///   - keys: Keeps derived keys: one for each access key, day, region and service in use.
    ///   - maximumClockSkewInSeconds: By how much the time of a signature may differ from the server's.
    public init(
        keys: SigningKeyCache = SigningKeyCache(),
        maximumClockSkewInSeconds: Int = Limits.maximumClockSkewInSeconds
    ) {
        self.keys = keys
        self.maximumClockSkewInSeconds = maximumClockSkewInSeconds
    }

    /// Verifies that a request was signed with an access key that is known, and returns what was signed for.
    ///
    /// - Parameters:
    ///   - claim: What the request says about its signature.
    ///   - request: The request.
    ///   - service: The service that the request is for, as signatures name it.
    ///   - now: The time.
    ///   - credentials: Finds the credentials of an access key.
    ///   - payloadHash: The hash of the body that came in.
    /// - Throws: `invalidSignature`, `incompleteSignature`, `unrecognizedClient`, with AWS's texts.
    public func verify(
        _ claim: SignatureClaim,
        of request: ReceivedRequest,
        service: String,
        now: SigningTime,
        credentials: (_ accessKeyID: String) -> Credentials?,
        payloadHash: () -> PayloadHash
    ) throws(ServiceError) -> CredentialScope {
        guard let time = SigningTime(claim.dateTime) else { throw SignatureErrors.notADate(claim.dateTime) }
        try checkTime(time, of: claim, now: now)
        try checkSignedHeaders(of: claim, request)
        guard claim.algorithm == Self.algorithm else { throw SignatureErrors.unsupported(algorithm: claim.algorithm) }
        let scope = try claim.scope(service: service, time: time)
        guard let known = credentials(claim.accessKeyID) else { throw SignatureErrors.unrecognizedClient }

        let canonical = canonicalRequest(of: request, claim, payloadHash: payloadHash)
        let stringToSign = canonical.stringToSign(scope: scope, time: time)
        let key = keys.key(secretAccessKey: known.secretAccessKey, scope: scope)
        guard key.isSignature(claim.signature, of: stringToSign) else {
            throw SignatureErrors.mismatch(canonical, stringToSign: stringToSign)
        }
        guard ConstantTime.isEqual(claim.sessionToken ?? "", known.sessionToken ?? "") else {
            throw SignatureErrors.unrecognizedClient
        }
        return scope
    }

    /// A signature is good for a while before and after its time, a presigned one for as long as it says after it.
    private func checkTime(_ time: SigningTime, of claim: SignatureClaim, now: SigningTime) throws(ServiceError) {
        let age = now.secondsSinceEpoch - time.secondsSinceEpoch
        var lifetime = maximumClockSkewInSeconds
        if case .query(let seconds?) = claim.form { lifetime = seconds }
        if age > Int64(lifetime) { throw SignatureErrors.expired(time, window: lifetime, now: now) }
        if age < -Int64(maximumClockSkewInSeconds) {
            throw SignatureErrors.notYetCurrent(time, window: maximumClockSkewInSeconds, now: now)
        }
    }

    /// The host must be signed, and the action where a header names it: otherwise a request could be turned into another
    /// with the same signature.
    private func checkSignedHeaders(of claim: SignatureClaim, _ request: ReceivedRequest) throws(ServiceError) {
        guard claim.signedHeaders.contains("host") || claim.signedHeaders.contains(":authority") else {
            throw SignatureErrors.mustBeSigned("'Host' or ':authority'")
        }
        if request.header("x-amz-target") != nil, !claim.signedHeaders.contains("x-amz-target") {
            throw SignatureErrors.mustBeSigned("'X-Amz-Target'")
        }
    }

    private func canonicalRequest(
        of request: ReceivedRequest,
        _ claim: SignatureClaim,
        payloadHash: () -> PayloadHash
    ) -> CanonicalRequest {
        let signed = Set(claim.signedHeaders)
        var query = request.query
        if case .query = claim.form {
            query = query.split(separator: "&")
                .filter { !$0.hasPrefix("\(SignatureClaim.signatureParameter)=") }
                .joined(separator: "&")
        }
        // The last line of the canonical request is covered by the signature: nobody but the signer can ask for this.
        let isUnsigned = request.header("x-amz-content-sha256") == Self.unsignedPayload
        return CanonicalRequest(
            SignableRequest(
                method: request.method,
                path: request.path,
                query: query,
                headers: request.headers.filter { signed.contains($0.name.lowercased()) },
                payloadHash: isUnsigned ? .unsigned : payloadHash()
            )
        )
    }
}
