import WeirModel

/// What a request says about who signed it, when, and how. Nothing of it is verified.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
public struct SignatureClaim: Sendable {
    /// Where the signature stands.
    public enum Form: Hashable, Sendable {
        /// In the `authorization` header.
        case header
        /// In the query: a presigned request, good for so many seconds when it says for how many.
        case query(lifetimeInSeconds: Int?)
    }

    /// Where the signature stands.
    public let form: Form
    /// How it was made: `AWS4-HMAC-SHA256`.
    public let algorithm: String
    /// Access key, date, region, service and `aws4_request`, with slashes between.
    public let credential: String
    /// The names of the headers that it covers, in lower case, in their order.
    public let signedHeaders: [String]
    /// The signature itself: 64 hexadecimal digits.
    public let signature: String
    /// When it was made, as the request has it.
    public let dateTime: String
    /// The token of temporary credentials.
    public let sessionToken: String?

    static let algorithmParameter = "X-Amz-Algorithm"
    static let signatureParameter = "X-Amz-Signature"

    /// Reads the claim of a request; nil when the request is not signed.
    ///
    /// Throws `invalidSignature` when it is signed in two ways, and `incompleteSignature` when a part is missing.
    public init?(_ request: ReceivedRequest) throws(ServiceError) {
        let authorization = request.header("authorization")
        let parameters = request.query.utf8.contains(UInt8(ascii: "X")) ? request.parameters() : []
        let isPresigned = parameters.contains { $0.name == Self.algorithmParameter }
        switch (authorization, isPresigned) {
        case (nil, false): return nil
        case (_?, true): throw SignatureErrors.signedTwice
        case (let authorization?, false): try self.init(authorization: authorization, request)
        case (nil, true): try self.init(parameters: parameters)
        }
    }

    /// Of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`: the commas may have spaces around them or be
    /// left out.
    private init(authorization: String, _ request: ReceivedRequest) throws(ServiceError) {
        let words = authorization.split { $0 == " " || $0 == "," || $0 == "\t" }
        var parts: [Substring: Substring] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, parts[pair[0]] == nil { parts[pair[0]] = pair[1] }
        }
        let dateTime = request.header("x-amz-date") ?? request.header("date")
        let missing = ["Credential", "Signature", "SignedHeaders"].filter { parts[$0[...]]?.isEmpty ?? true }
        guard missing.isEmpty, let dateTime else {
            throw SignatureErrors.incomplete(
                authorization: authorization,
                missing: missing,
                hasDate: dateTime != nil
            )
        }
        form = .header
        algorithm = words.first.map(String.init) ?? ""
        credential = String(parts["Credential"] ?? "")
        signedHeaders = Self.names(parts["SignedHeaders"] ?? "")
        signature = String(parts["Signature"] ?? "")
        self.dateTime = dateTime
        sessionToken = request.header("x-amz-security-token")
    }

    /// Of the parameters `X-Amz-…` of a presigned request.
    private init(parameters: [(name: String, value: String)]) throws(ServiceError) {
        func value(_ name: String) -> String { parameters.first { $0.name == name }?.value ?? "" }
        let required = [
            Self.algorithmParameter, "X-Amz-Credential", Self.signatureParameter, "X-Amz-SignedHeaders", "X-Amz-Date",
        ]
        let missing = required.filter { value($0).isEmpty }
        guard missing.isEmpty else { throw SignatureErrors.incomplete(missingParameters: missing) }
        form = .query(lifetimeInSeconds: try Self.lifetime(parameters.first { $0.name == "X-Amz-Expires" }?.value))
        algorithm = value(Self.algorithmParameter)
        credential = value("X-Amz-Credential")
        signedHeaders = Self.names(value("X-Amz-SignedHeaders")[...])
        signature = value(Self.signatureParameter)
        dateTime = value("X-Amz-Date")
        sessionToken = parameters.first { $0.name == "X-Amz-Security-Token" }?.value
    }

    private static func lifetime(_ text: String?) throws(ServiceError) -> Int? {
        guard let text else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int(text) else {
            throw SignatureErrors.lifetimeIsNoNumber
        }
        guard (1...Limits.maximumPresignedLifetimeInSeconds).contains(seconds) else {
            throw SignatureErrors.lifetimeOutOfRange
        }
        return seconds
    }

    private static func names(_ text: Substring) -> [String] { text.split(separator: ";").map { $0.lowercased() } }

    // MARK: The credential

    /// The elements of the credential; nil unless there are five. Slashes at the end do not count.
    private var elements: [Substring]? {
        var text = credential[...]
        while text.hasSuffix("/") { text.removeLast() }
        let elements = text.split(separator: "/", omittingEmptySubsequences: false)
        return elements.count == 5 ? elements : nil
    }

    /// The access key; empty when the credential is not well formed.
    public var accessKeyID: String { elements.map { String($0[0]) } ?? "" }

    /// The region for which it was signed; nil when the credential is not well formed or names none.
    public var region: String? {
        guard let region = elements?[2], RegionName.isValid(region) else { return nil }
        return String(region)
    }

    /// Checks the credential against the time of the signature and the service. Returns the scope.
    func scope(service: String, time: SigningTime) throws(ServiceError) -> CredentialScope {
        guard let elements else { throw SignatureErrors.malformed(credential: credential) }
        let wrong = SignatureErrors.wrongScope(
            date: elements[1],
            region: elements[2],
            isRegionValid: RegionName.isValid(elements[2]),
            service: elements[3],
            of: service,
            terminator: elements[4],
            time: time
        )
        if let wrong { throw wrong }
        return CredentialScope(date: time.date, region: String(elements[2]), service: service)
    }
}
