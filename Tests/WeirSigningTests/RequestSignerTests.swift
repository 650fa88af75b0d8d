import Testing
import WeirSigning

/// A request and its signature as botocore makes it.
struct SigningVector: Sendable, CustomTestStringConvertible {
    var name: String
    var method: String
    var path = "/"
    var query = ""
    var headers: [(name: String, value: String)]
    var body = ""
    var sessionToken: String?
    var region: String
    var service: String
    var milliseconds: Int64
    var canonicalRequest: String
    var hashOfCanonicalRequest: String
    var signedHeaders: String
    var signature: String

    var testDescription: String { name }
    var request: SignableRequest {
        SignableRequest(
            method: method,
            path: path,
            query: query,
            headers: headers,
            payloadHash: PayloadHash(of: Array(body.utf8))
        )
    }
}

/// `get-vanilla` is from AWS's test suite for Signature Version 4. The others were made with botocore 1.43.11: an
/// `AWSRequest` through `SigV4Auth(credentials, service, region).add_auth` with `get_current_datetime` replaced,
/// printing `canonical_request`, `string_to_sign` and the header.
let signingVectors = [
    SigningVector(
        name: "get-vanilla",
        method: "GET",
        headers: [("Host", "example.amazonaws.com")],
        region: "us-east-1",
        service: "service",
        milliseconds: 1_440_938_160_000,
        canonicalRequest: """
            GET
            /

            host:example.amazonaws.com
            x-amz-date:20150830T123600Z

            host;x-amz-date
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
            """,
        hashOfCanonicalRequest: "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
        signedHeaders: "host;x-amz-date",
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    ),
    SigningVector(
        name: "GET with a path to normalize and a query",
        method: "GET",
        path: "/a%20b/../c%20c/./x//d/",
        query: "b=2&a=%C3%A9&a=0&c",
        headers: [("X-Custom", "  a   b "), ("Host", "example.amazonaws.com")],
        region: "us-east-1",
        service: "service",
        milliseconds: 1_440_938_160_000,
        canonicalRequest: """
            GET
            /c%2520c/x/d/
            a=%C3%A9&a=0&b=2&c=
            host:example.amazonaws.com
            x-amz-date:20150830T123600Z
            x-custom:a b

            host;x-amz-date;x-custom
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
            """,
        hashOfCanonicalRequest: "609c3917b0ed81ca275d2e8c49423b4275f3767264a426d33d866548287606a7",
        signedHeaders: "host;x-amz-date;x-custom",
        signature: "7e5aeae511b57f475bfcdf7c00250d20bec071dcb88b907ed468937585c70678"
    ),
    SigningVector(
        name: "PutRecord",
        method: "POST",
        headers: [
            ("Host", "kinesis.eu-central-1.amazonaws.com"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "Kinesis_20131202.PutRecord"),
        ],
        body: #"{"StreamName":"flights","Data":"aGVsbG8=","PartitionKey":"N14228"}"#,
        region: "eu-central-1",
        service: "kinesis",
        milliseconds: 1_772_323_199_000,
        canonicalRequest: """
            POST
            /

            content-type:application/x-amz-json-1.1
            host:kinesis.eu-central-1.amazonaws.com
            x-amz-date:20260228T235959Z
            x-amz-target:Kinesis_20131202.PutRecord

            content-type;host;x-amz-date;x-amz-target
            8f1b0fff19071122569aaf30459950badbb53d52d7bdb2238b8d820590dc0d18
            """,
        hashOfCanonicalRequest: "aacb2ff835096a92c8aabaded5396b1a6165c99de647af0fa4739a38fed1984d",
        signedHeaders: "content-type;host;x-amz-date;x-amz-target",
        signature: "ae5871fdcbfb8a71fc157d8c27b33ec3cca81af2d5aebd42abe2ec743b12f01a"
    ),
    SigningVector(
        name: "PutRecord with a session token and a port",
        method: "POST",
        headers: [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "Kinesis_20131202.PutRecord"),
            ("host", "127.0.0.1:4567"),
        ],
        body: #"{"StreamName":"flights","Data":"aGVsbG8=","PartitionKey":"N14228"}"#,
        sessionToken: "FwoGZXIvYXdzEXAMPLE/+token==",
        region: "eu-central-1",
        service: "kinesis",
        milliseconds: 1_772_323_199_000,
        canonicalRequest: """
            POST
            /

            content-type:application/x-amz-json-1.1
            host:127.0.0.1:4567
            x-amz-date:20260228T235959Z
            x-amz-security-token:FwoGZXIvYXdzEXAMPLE/+token==
            x-amz-target:Kinesis_20131202.PutRecord

            content-type;host;x-amz-date;x-amz-security-token;x-amz-target
            8f1b0fff19071122569aaf30459950badbb53d52d7bdb2238b8d820590dc0d18
            """,
        hashOfCanonicalRequest: "d356249decfcb9f43aed75e0dd97d5d6f451208e2ec9178f39aea5685f38446d",
        signedHeaders: "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        signature: "ee582788549f96c96ee88b0e14d9e8834b1cb97c56e156920f922b9b78b1e3bb"
    ),
    SigningVector(
        name: "GetItem",
        method: "POST",
        headers: [
            ("host", "dynamodb.us-west-2.amazonaws.com"),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "DynamoDB_20120810.GetItem"),
        ],
        body: "{}",
        region: "us-west-2",
        service: "dynamodb",
        milliseconds: 1_772_323_199_000,
        canonicalRequest: """
            POST
            /

            content-type:application/x-amz-json-1.0
            host:dynamodb.us-west-2.amazonaws.com
            x-amz-date:20260228T235959Z
            x-amz-target:DynamoDB_20120810.GetItem

            content-type;host;x-amz-date;x-amz-target
            44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
            """,
        hashOfCanonicalRequest: "fdb070da832dd003bf4b5f9881cda8695e6d8ef9fbb65bef8f5e5c8c01fcd572",
        signedHeaders: "content-type;host;x-amz-date;x-amz-target",
        signature: "093e2c0185973c769a0ee6abce102077eb6752cd3e2d9e21dffdc78ccb317174"
    ),
]

@Suite struct RequestSignerTests {
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    @Test(arguments: signingVectors) func signsAsPublished(vector: SigningVector) throws {
        let signer = RequestSigner(region: vector.region, service: vector.service)
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: Self.secret,
            sessionToken: vector.sessionToken
        )
        let time = SigningTime(millisecondsSinceEpoch: vector.milliseconds)
        let added = signer.headers(signing: vector.request, credentials: credentials, time: time)

        let date = try #require(added.first { $0.name == "x-amz-date" }?.value)
        #expect(date == time.dateTime)
        #expect(added.first { $0.name == "x-amz-security-token" }?.value == vector.sessionToken)
        let authorization = try #require(added.first { $0.name == "authorization" }?.value)
        #expect(
            authorization == "AWS4-HMAC-SHA256 "
                + "Credential=AKIDEXAMPLE/\(time.date)/\(vector.region)/\(vector.service)/aws4_request, "
                + "SignedHeaders=\(vector.signedHeaders), Signature=\(vector.signature)"
        )
        #expect(added.count == (vector.sessionToken == nil ? 2 : 3))
    }

    @Test(arguments: signingVectors) func buildsTheCanonicalRequestAndTheStringToSign(vector: SigningVector) {
        let time = SigningTime(millisecondsSinceEpoch: vector.milliseconds)
        var request = vector.request
        request.headers.append((name: "X-Amz-Date", value: time.dateTime))
        if let token = vector.sessionToken { request.headers.append((name: "X-Amz-Security-Token", value: token)) }
        let canonical = CanonicalRequest(request)
        #expect(canonical.text == vector.canonicalRequest)
        let scope = CredentialScope(date: time.date, region: vector.region, service: vector.service)
        #expect(
            canonical.stringToSign(scope: scope, time: time)
                == "AWS4-HMAC-SHA256\n\(time.dateTime)\n\(scope)\n\(vector.hashOfCanonicalRequest)"
        )
    }

    @Test func anyChangeChangesTheSignature() throws {
        let vector = signingVectors[2]
        let time = SigningTime(millisecondsSinceEpoch: vector.milliseconds)
        func signature(
            _ request: SignableRequest,
            secret: String = Self.secret,
            region: String = vector.region,
            service: String = vector.service,
            time: SigningTime = time
        ) -> String? {
            RequestSigner(region: region, service: service)
                .headers(
                    signing: request,
                    credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret),
                    time: time
                )
                .last.map { String($0.value.suffix(64)) }
        }
        #expect(signature(vector.request) == vector.signature)
        var other = vector.request
        other.payloadHash = PayloadHash(of: [0])
        var target = vector.request
        target.headers[2].value = "Kinesis_20131202.PutRecords"
        var path = vector.request
        path.path = "/x"
        let changed = [
            signature(other), signature(target), signature(path), signature(vector.request, secret: "x"),
            signature(vector.request, region: "us-east-1"), signature(vector.request, service: "dynamodb"),
            signature(vector.request, time: SigningTime(millisecondsSinceEpoch: vector.milliseconds + 1000)),
        ]
        #expect(!changed.contains(vector.signature))
        #expect(Set(changed).count == changed.count)
    }

    @Test func credentialsDoNotShowTheirSecrets() {
        let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "hidden", sessionToken: "veiled")
        for text in ["\(credentials)", String(reflecting: credentials)] {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("hidden"))
            #expect(!text.contains("veiled"))
        }
    }
}
