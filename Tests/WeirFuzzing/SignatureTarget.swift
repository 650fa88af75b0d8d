import NIOCore
import WeirModel
import WeirSigning

/// Requests and their signatures, in the header and in the query.
///
/// The input is a request as text: the path and the query, then a header a line, an empty line, and the body.
public enum SignatureTarget: FuzzTarget {
    public static let name = "SignatureV4"

    /// No corpus is signed with this secret, so that no signature in it is right.
    private static let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE",
        secretAccessKey: "Wfu7oCtLqcT0vYxr+a3kQm9ZBeN1sHdPjgUEXAMPLE"
    )
    /// The time of the requests in the corpus: 2026-02-28T12:00:00Z.
    private static let time = SigningTime(millisecondsSinceEpoch: 1_772_280_000_000)
    private static let service = "kinesis"
    private static let region = "eu-central-1"
    private static let verifier = SignatureVerifier()
    private static let signer = RequestSigner(region: region, service: service)

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        let (request, body) = request(input)
        try checkClaim(of: request, body)
        let signable = signable(request)
        try checkHeaderForm(signable, body)
        try checkQueryForm(signable, body)
    }

    private static func request(_ input: ByteBuffer) -> (ReceivedRequest, body: [UInt8]) {
        let bytes = input.readableBytesView
        var lines: [String] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: bytes[start..<end], as: UTF8.self)
            start = end + 1
            if line.isEmpty, !lines.isEmpty { break }
            lines.append(line)
        }
        let target = (lines.first ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
        }
        let request = ReceivedRequest(
            method: "POST",
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            headers: headers
        )
        return (request, Array(bytes[start...]))
    }

    // MARK: What comes in

    /// Whatever a request says of its signature is refused with one of the three errors, for it was not signed here.
    private static func checkClaim(of request: ReceivedRequest, _ body: [UInt8]) throws(FuzzFinding) {
        let authorization = request.headers.first { $0.name == "authorization" }?.value
        if let region = SignatureClaim.claimedRegion(authorization: authorization, query: request.query) {
            try require(RegionName.isValid(region), "\(region) is taken for a region")
        }
        do throws(ServiceError) {
            guard let claim = try SignatureClaim(request) else { return }
            _ = claim.region
            _ = try verify(claim, request, body)
        } catch {
            let codes: [ServiceError.Code] = [.invalidSignature, .incompleteSignature, .unrecognizedClient]
            return try require(codes.contains(error.code), "the error of a signature is \(error)")
        }
        throw FuzzFinding("a signature was taken for right: \(request)")
    }

    private static func verify(
        _ claim: SignatureClaim,
        _ request: ReceivedRequest,
        _ body: [UInt8]
    ) throws(ServiceError) -> CredentialScope {
        try verifier.verify(
            claim,
            of: request,
            service: service,
            now: time,
            credentials: { $0 == credentials.accessKeyID ? credentials : nil },
            payloadHash: { PayloadHash(of: body) }
        )
    }

    private static func isTaken(_ request: ReceivedRequest, _ body: [UInt8]) -> Bool {
        do throws(ServiceError) {
            guard let claim = try SignatureClaim(request) else { return false }
            let scope = try verify(claim, request, body)
            return scope == CredentialScope(date: time.date, region: region, service: service)
        } catch {
            return false
        }
    }

    // MARK: What is signed

    /// The request with nothing in it that no HTTP request has, and nothing that a signer adds itself.
    private static func signable(_ request: ReceivedRequest) -> ReceivedRequest {
        var request = request
        request.headers = request.headers.filter { header in
            let isToken = !header.name.isEmpty && header.name.utf8.allSatisfy(isTokenByte)
            let isText = header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            return isToken && isText && !ofTheSigner.contains(header.name.lowercased())
        }
        request.headers.append((name: "Host", value: "localhost:4566"))
        let query = request.query.split(separator: "&", omittingEmptySubsequences: false)
        // A parameter of a signature may be written in many ways.
        request.query = query.filter { !$0.contains("X") && !$0.contains("%") }.joined(separator: "&")
        return request
    }

    private static let ofTheSigner: Set<String> = [
        "authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256",
    ]

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func checkHeaderForm(_ request: ReceivedRequest, _ body: [UInt8]) throws(FuzzFinding) {
        var request = request
        request.headers += signer.headers(
            signing: SignableRequest(
                method: request.method,
                path: request.path,
                query: request.query,
                headers: request.headers,
                payloadHash: PayloadHash(of: body)
            ),
            credentials: credentials,
            time: time
        )
        try checkChanges(of: request, body)
    }

    private static func checkQueryForm(_ request: ReceivedRequest, _ body: [UInt8]) throws(FuzzFinding) {
        let scope = CredentialScope(date: time.date, region: region, service: service)
        let names = Set(request.headers.map { $0.name.lowercased() }).sorted()
        let parameters = [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=\(credentials.accessKeyID)/\(scope)",
            "X-Amz-Date=\(time.dateTime)",
            "X-Amz-Expires=60",
            "X-Amz-SignedHeaders=\(names.joined(separator: ";").replacing("%", with: "%25").replacing("&", with: "%26"))",
        ]
        var request = request
        request.query = ([request.query] + parameters).filter { !$0.isEmpty }.joined(separator: "&")
        let canonical = CanonicalRequest(
            SignableRequest(
                method: request.method,
                path: request.path,
                query: request.query,
                headers: request.headers,
                payloadHash: PayloadHash(of: body)
            )
        )
        let key = SigningKey(secretAccessKey: credentials.secretAccessKey, scope: scope)
        request.query += "&X-Amz-Signature=\(key.signature(of: canonical.stringToSign(scope: scope, time: time)))"
        try checkChanges(of: request, body)
    }

    /// A signed request is taken, and not when a part of it is another.
    private static func checkChanges(of request: ReceivedRequest, _ body: [UInt8]) throws(FuzzFinding) {
        try require(isTaken(request, body), "a right signature is refused: \(request)")
        try require(!isTaken(request, body + [0]), "a body may be longer: \(request)")

        var changed = request
        changed.method = "PUT"
        try require(!isTaken(changed, body), "the method may be another: \(request)")
        changed = request
        changed.path += "/other"
        try require(!isTaken(changed, body), "the path may be another: \(request)")
        changed = request
        changed.query += "&other=1"
        try require(!isTaken(changed, body), "the query may be another: \(changed)")
        let signed = request.headers.indices.filter { request.headers[$0].name != "authorization" }
        let index = signed[body.count % signed.count]
        changed = request
        changed.headers[index].value += ".other"
        try require(!isTaken(changed, body), "header \(index) may be another: \(request)")
        changed.headers.remove(at: index)
        try require(!isTaken(changed, body), "header \(index) may be left out: \(request)")
    }
}
