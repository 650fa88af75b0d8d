import Testing
import WeirModel

@testable import WeirSigning

/// A request that botocore signed at 2026-02-28T23:59:59Z.
struct SignatureVector: Sendable, CustomTestStringConvertible {
    static let signedAt: Int64 = 1_772_323_199_000
    static let accessKeyID = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    var name: String
    var service: String
    var request: ReceivedRequest
    var body: [UInt8]
    var sessionToken: String?

    init(
        name: String,
        service: String,
        method: String,
        path: String,
        query: String,
        headers: [(name: String, value: String)],
        body: String,
        sessionToken: String?
    ) {
        self.name = name
        self.service = service
        request = ReceivedRequest(method: method, path: path, query: query, headers: headers)
        self.body = Array(body.utf8)
        self.sessionToken = sessionToken
    }

    var testDescription: String { name }
    var isPresigned: Bool { request.query.contains("X-Amz-Signature") }

    func header(_ name: String) throws -> String { try #require(request.header(name)) }

    /// Replaces the value of a header, or adds it; removes it when nil.
    mutating func set(_ name: String, _ value: String?) {
        request.headers.removeAll { $0.name.lowercased() == name }
        if let value { request.headers.append((name, value)) }
    }

    /// Replaces a text in the `authorization` header, or in the query of a presigned request.
    mutating func replaceInClaim(_ old: String, _ new: String) throws {
        if isPresigned {
            request.query = request.query.replacing(old, with: new)
        } else {
            set("authorization", try header("authorization").replacing(old, with: new))
        }
    }

    /// Reads the claim and verifies it, as a server does.
    func verify(secondsLater seconds: Int64 = 0, service: String? = nil) throws(ServiceError) -> CredentialScope? {
        guard let claim = try SignatureClaim(request) else { return nil }
        return try SignatureVerifier().verify(
            claim,
            of: request,
            service: service ?? self.service,
            now: SigningTime(millisecondsSinceEpoch: Self.signedAt + seconds * 1000),
            credentials: { accessKeyID in
                guard accessKeyID == Self.accessKeyID else { return nil }
                return Credentials(
                    accessKeyID: accessKeyID,
                    secretAccessKey: Self.secret,
                    sessionToken: sessionToken
                )
            },
            payloadHash: { PayloadHash(of: body) }
        )
    }

    /// Why the request is refused.
    func refusal(secondsLater seconds: Int64 = 0, service: String? = nil) -> ServiceError? {
        do throws(ServiceError) {
            _ = try verify(secondsLater: seconds, service: service)
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct SignatureVerifierTests {
    static let put = signatureVectors[0]
    static let presigned = signatureVectors.first { $0.name == "presigned POST" } ?? signatureVectors[0]

    @Test(arguments: signatureVectors) func whatBotocoreSignsIsGood(vector: SignatureVector) throws {
        let scope = try #require(try vector.verify())
        #expect(scope.service == vector.service)
        #expect(scope.date == "20260228")
        let claim = try #require(try SignatureClaim(vector.request))
        #expect(claim.accessKeyID == SignatureVector.accessKeyID)
        #expect(claim.region == scope.region)
        #expect(claim.sessionToken == vector.sessionToken)
    }

    @Test(arguments: signatureVectors) func anotherBodyIsRefusedUnlessItWasNotSigned(vector: SignatureVector) {
        var vector = vector
        vector.body.append(0x20)
        let isUnsigned = vector.name == "a body that is not signed"
        #expect(vector.refusal()?.code == (isUnsigned ? nil : .invalidSignature))
    }

    @Test(arguments: signatureVectors) func everyPartThatIsSignedCounts(vector: SignatureVector) throws {
        var other = vector
        other.request.method = "PUT"
        #expect(other.refusal()?.code == .invalidSignature)
        other = vector
        other.request.path += "x"
        #expect(other.refusal()?.code == .invalidSignature)
        other = vector
        other.request.query += other.request.query.isEmpty ? "z" : "&z"
        #expect(other.refusal()?.code == .invalidSignature)
        let signed = try #require(try SignatureClaim(vector.request)).signedHeaders
        for name in signed where name != "x-amz-date" {
            other = vector
            other.set(name, try vector.header(name) + "x")
            #expect(other.refusal()?.code == .invalidSignature, "\(name)")
            other.set(name, nil)
            #expect(other.refusal()?.code == .invalidSignature, "\(name) is missing")
        }
    }

    @Test func anUnsignedHeaderMayChangeOnTheWay() throws {
        var vector = Self.put
        vector.set("content-length", "1")
        vector.set("via", "1.1 proxy")
        #expect(try vector.verify() != nil)
    }

    @Test func aBodyThatIsNotSignedCannotBeAskedForByAnotherThanTheSigner() {
        var vector = Self.put
        vector.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        #expect(vector.refusal()?.code == .invalidSignature)
    }

    @Test func aRequestWithoutSignatureHasNoClaim() throws {
        var vector = Self.put
        vector.set("authorization", nil)
        #expect(try SignatureClaim(vector.request) == nil)
        vector.request.query = "X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d"
        #expect(try SignatureClaim(vector.request) == nil)
    }

    @Test(
        arguments: [
            (
                "X", nil,
                """
                Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
                Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either \
                a 'X-Amz-Date' or a 'Date' header. Authorization=X
                """
            ),
            (
                "AWS4- Signature=b Credential=a", "20260228T235959Z",
                """
                Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4- Signature=b Credential=a
                """
            ),
            (
                "AWS4- Signature=b,Credential=a", "20260228T235959Z",
                """
                Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4- Signature=b,Credential=a
                """
            ),
        ] as [(String, String?, String)]
    )
    func anIncompleteHeaderIsToldInTheWordsOfAWS(header: String, date: String?, message: String) {
        var vector = Self.put
        vector.set("authorization", header)
        vector.set("x-amz-date", date)
        #expect(vector.refusal()?.code == .incompleteSignature)
        #expect(vector.refusal()?.message == message)
    }

    @Test func anIncompleteQueryIsToldInTheWordsOfAWS() {
        var vector = Self.put
        vector.set("authorization", nil)
        vector.request.query = "X-Amz-Algorithm"
        #expect(vector.refusal()?.code == .incompleteSignature)
        #expect(
            vector.refusal()?.message == """
                AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include \
                'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string \
                parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. \
                Re-examine the query-string parameters.
                """
        )
        vector.request.query = "X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d"
        #expect(
            vector.refusal()?.message == """
                AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.
                """
        )
    }

    @Test func aRequestIsSignedOnce() {
        var vector = Self.put
        vector.request.query = "X-Amz-Algorithm"
        #expect(vector.refusal()?.code == .invalidSignature)
        #expect(
            vector.refusal()?.message
                == "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )
    }

    @Test func aSignatureIsGoodForFiveMinutesBeforeAndAfter() {
        let limit = Int64(Limits.maximumClockSkewInSeconds)
        #expect(limit == 300)
        #expect(Self.put.refusal(secondsLater: limit) == nil)
        #expect(Self.put.refusal(secondsLater: -limit) == nil)
        let late = Self.put.refusal(secondsLater: limit + 1)
        #expect(late?.code == .invalidSignature)
        #expect(
            late?.message
                == "Signature expired: 20260228T235959Z is now earlier than 20260301T000000Z (20260301T000500Z - 5 min.)"
        )
        let early = Self.put.refusal(secondsLater: -limit - 1)
        #expect(early?.code == .invalidSignature)
        #expect(
            early?.message == """
                Signature not yet current: 20260228T235959Z is still later than 20260228T235958Z \
                (20260228T235458Z + 5 min.)
                """
        )
    }

    @Test func aPresignedRequestIsGoodForAsLongAsItSays() {
        #expect(Self.presigned.isPresigned)
        #expect(Self.presigned.refusal(secondsLater: 60) == nil)
        #expect(Self.presigned.refusal(secondsLater: 61)?.message.contains("- 1 min.") == true)
        #expect(Self.presigned.refusal(secondsLater: -300) == nil)
        #expect(Self.presigned.refusal(secondsLater: -301)?.message.hasPrefix("Signature not yet current") == true)
    }

    @Test(arguments: [
        ("0", ServiceError.Code.incompleteSignature), ("604801", .incompleteSignature), ("-1", .incompleteSignature),
        ("9223372036854775808", .incompleteSignature), ("", .incompleteSignature),
        // These are well formed, but not what was signed.
        ("1", .invalidSignature), ("604800", .invalidSignature),
    ])
    func theLifetimeOfAPresignedRequestHasLimits(text: String, code: ServiceError.Code) throws {
        var vector = Self.presigned
        try vector.replaceInClaim("X-Amz-Expires=60", "X-Amz-Expires=\(text)")
        #expect(vector.refusal()?.code == code)
    }

    @Test(arguments: [
        ("20260228T235959Z", "201", "Date must be in ISO-8601 'basic format'. Got '201'. See "),
        ("20260228T235959Z", "20260230T000000Z", "Date must be in ISO-8601"),
    ])
    func aDateMustBeOne(old: String, new: String, message: String) throws {
        var vector = Self.put
        vector.set("x-amz-date", new)
        #expect(vector.refusal()?.code == .incompleteSignature)
        #expect(vector.refusal()?.message.hasPrefix(message) == true)
        var presigned = Self.presigned
        try presigned.replaceInClaim("X-Amz-Date=\(old)", "X-Amz-Date=\(new)")
        #expect(presigned.refusal()?.code == .incompleteSignature)
    }

    @Test func theDateHeaderServesWhereThereIsNoOther() throws {
        var vector = Self.put
        vector.set("x-amz-date", nil)
        vector.set("date", "20260228T235959Z")
        // The header is not among the signed ones, but its time is: the canonical request alone differs.
        #expect(vector.refusal()?.message.contains("'AWS4-HMAC-SHA256\n20260228T235959Z\n") == true)
    }

    @Test(arguments: [
        ("host;", "", ServiceError.Code.invalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS"),
        (";x-amz-target", "", .invalidSignature, "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."),
        (
            "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", .incompleteSignature,
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now). "
        ),
        (
            "/eu-central-1", "", .incompleteSignature,
            """
            Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
            'AKIDEXAMPLE/20260228/kinesis/aws4_request'
            """
        ),
        (
            "/20260228/eu-central-1/kinesis/aws4_request", "/b/C/d/e", .invalidSignature,
            """
            Credential should be scoped to a valid region, not 'C'. Credential should be scoped to correct service: \
            'kinesis'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential \
            scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20260228', from \
            '20260228T235959Z'.
            """
        ),
        (
            "AKIDEXAMPLE", "AKIDOTHER", .unrecognizedClient,
            "The security token included in the request is invalid."
        ),
        ("eu-central-1", "eu-central-2", .invalidSignature, "The request signature we calculated does not match the"),
    ])
    func aWrongClaimIsToldInTheWordsOfAWS(old: String, new: String, code: ServiceError.Code, message: String) throws {
        var vector = Self.put
        try vector.replaceInClaim(old, new)
        #expect(vector.refusal()?.code == code)
        #expect(vector.refusal()?.message.hasPrefix(message) == true)
    }

    @Test func slashesAtTheEndOfTheCredentialDoNotCount() throws {
        var vector = Self.put
        try vector.replaceInClaim("aws4_request,", "aws4_request//,")
        #expect(try vector.verify() != nil)
    }

    @Test func aSignatureIsGoodForOneService() {
        #expect(
            Self.put.refusal(service: "dynamodb")?.message
                == "Credential should be scoped to correct service: 'dynamodb'."
        )
    }

    @Test func aMismatchShowsWhatShouldHaveBeenSigned() throws {
        var vector = Self.put
        try vector.replaceInClaim("Signature=ae5871f", "Signature=be5871f")
        let error = try #require(vector.refusal())
        #expect(error.code == .invalidSignature)
        #expect(error.message.contains("should have been\n'POST\n/\n\ncontent-type:application/x-amz-json-1.1\n"))
        #expect(
            error.message.contains(
                "'AWS4-HMAC-SHA256\n20260228T235959Z\n20260228/eu-central-1/kinesis/aws4_request\naacb2ff835096a92"
            )
        )
        #expect(!error.message.contains("ae5871fdcbfb8a71"), "The right signature must not be told.")
    }

    @Test(arguments: ["", "ae5871f", "AE5871FDCBFB8A71FC157D8C27B33EC3CCA81AF2D5AEBD42ABE2EC743B12F01A"])
    func aSignatureOfAnotherFormIsRefused(signature: String) throws {
        var vector = Self.put
        try vector.replaceInClaim("ae5871fdcbfb8a71fc157d8c27b33ec3cca81af2d5aebd42abe2ec743b12f01a", signature)
        #expect(vector.refusal()?.code == (signature.isEmpty ? .incompleteSignature : .invalidSignature))
    }

    @Test func theSessionTokenMustBeThatOfTheKey() throws {
        var known = try #require(signatureVectors.first { $0.sessionToken != nil && !$0.isPresigned })
        // The signature is right, but the key has no such token.
        let token = known.sessionToken
        known.sessionToken = nil
        #expect(known.refusal()?.code == .unrecognizedClient)
        known.sessionToken = (token ?? "") + "x"
        #expect(known.refusal()?.code == .unrecognizedClient)
        var longLived = Self.put
        longLived.sessionToken = token
        #expect(longLived.refusal()?.code == .unrecognizedClient)
    }

    @Test func whatOurSignerSignsIsGood() throws {
        for (index, token) in [nil, "token/+="].enumerated() {
            let body = Array(#"{"Limit":\#(index)}"#.utf8)
            var headers = [("host", "h:1"), ("x-amz-target", "Kinesis_20131202.ListStreams"), ("x", " a  b")]
            headers += RequestSigner(region: "us-east-1", service: "kinesis").headers(
                signing: SignableRequest(
                    method: "POST",
                    path: "/a b/%2F",
                    query: "q=1&a",
                    headers: headers.map { (name: $0.0, value: $0.1) },
                    payloadHash: PayloadHash(of: body)
                ),
                credentials: Credentials(
                    accessKeyID: SignatureVector.accessKeyID,
                    secretAccessKey: SignatureVector.secret,
                    sessionToken: token
                ),
                time: SigningTime(millisecondsSinceEpoch: SignatureVector.signedAt)
            )
            let vector = SignatureVector(
                name: "own",
                service: "kinesis",
                method: "POST",
                path: "/a b/%2F",
                query: "q=1&a",
                headers: headers.map { (name: $0.0, value: $0.1) },
                body: String(decoding: body, as: UTF8.self),
                sessionToken: token
            )
            #expect(try vector.verify()?.region == "us-east-1")
        }
    }
}
