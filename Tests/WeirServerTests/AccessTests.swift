import NIOCore
import Testing
import WeirAccess
import WeirModel
import WeirSigning

@testable import WeirServer

/// A server that asks for credentials.
@Suite struct AccessTests {
    static let producer = Credentials(accessKeyID: "PRODUCER", secretAccessKey: "0123456789abcdef")
    static let admin = Credentials(accessKeyID: "ADMIN", secretAccessKey: "fedcba9876543210")
    static let file = CredentialsFile(accessKeys: [
        AccessKey(
            credentials: producer,
            user: "producer",
            policy: AccessPolicy([
                .init(effect: .allow, actions: ["kinesis:Put*"], resources: ["stream/flights"]),
                .init(effect: .allow, actions: ["dynamodb:*"], resources: ["table/leases"]),
            ])
        ),
        AccessKey(credentials: admin, user: "admin", policy: .everything),
    ])

    private func withAccess(
        _ configuration: WeirServer.Configuration = .test,
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let access = AccessControl(Self.file, account: "000000000000")
        try await withRegionalServer(configuration, access: access) { port in
            let made = try await answer(
                port,
                signedRequest(
                    "Kinesis_20131202.CreateStream",
                    #"{"StreamName":"flights","ShardCount":1}"#,
                    credentials: Self.admin
                )
            )
            try #require(made.status == 200)
            try await body(port)
        }
    }

    private static let put = #"{"StreamName":"flights","Data":"eA==","PartitionKey":"k"}"#

    @Test func whatAPolicyAllowsIsDone() async throws {
        try await withAccess { port in
            let response = try await answer(
                port,
                signedRequest("Kinesis_20131202.PutRecord", Self.put, credentials: Self.producer)
            )
            #expect(response.status == 200)
        }
    }

    @Test func whatNoPolicyAllowsIsRefused() async throws {
        try await withAccess { port in
            let response = try await answer(
                port,
                signedRequest(
                    "Kinesis_20131202.DescribeStream",
                    #"{"StreamName":"flights"}"#,
                    credentials: Self.producer
                )
            )
            #expect(response.status == 400)
            #expect(
                response.body == #"{"__type":"AccessDeniedException","message":"#
                    + #""User: arn:aws:iam::000000000000:user/producer is not authorized to perform: "#
                    + #"kinesis:DescribeStream on resource: arn:aws:kinesis:us-east-1:000000000000:stream/flights "#
                    + #"because no identity-based policy allows the kinesis:DescribeStream action"}"#
            )
        }
    }

    private static func describeTable(_ name: String) -> String {
        signedRequest(
            "DynamoDB_20120810.DescribeTable",
            #"{"TableName":"\#(name)"}"#,
            service: "dynamodb",
            credentials: producer
        )
    }

    @Test func tablesAreGuardedAlike() async throws {
        try await withAccess { port in
            let other = try await answer(port, Self.describeTable("other"))
            #expect(other.body.contains("AccessDeniedException"))
            let leases = try await answer(port, Self.describeTable("leases"))
            #expect(leases.body.contains("ResourceNotFoundException"))
        }
    }

    @Test func anUnsignedRequestIsRefused() async throws {
        try await withAccess { port in
            let kinesis = try await answer(port, request("Kinesis_20131202.PutRecord", Self.put))
            #expect(kinesis.status == 400)
            #expect(
                kinesis.body
                    == #"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
            )
            let dynamoDB = try await answer(port, request("DynamoDB_20120810.ListTables"))
            #expect(
                dynamoDB.body == #"{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","#
                    + #""message":"Request is missing Authentication Token"}"#
            )
            // Whether the server lives is no secret.
            #expect(try await answer(port, request(nil, "", method: "GET", path: "/health")).status == 200)
        }
    }

    @Test func aChangedRequestIsRefused() async throws {
        try await withAccess { port in
            let signed = signedRequest("Kinesis_20131202.PutRecord", Self.put, credentials: Self.producer)
            for (old, new) in [("eA==", "eQ=="), ("PutRecord", "GetRecord"), ("POST / ", "POST /x ")] {
                let response = try await answer(port, signed.replacing(old, with: new))
                #expect(response.body.contains("InvalidSignatureException"), "\(response.body)")
            }
            let wrong = Credentials(accessKeyID: "PRODUCER", secretAccessKey: "0123456789abcdeX")
            let forged = signedRequest("Kinesis_20131202.PutRecord", Self.put, credentials: wrong)
            #expect(try await answer(port, forged).body.contains("InvalidSignatureException"))
            let stranger = Credentials(accessKeyID: "STRANGER", secretAccessKey: "0123456789abcdef")
            let unknown = signedRequest("Kinesis_20131202.PutRecord", Self.put, credentials: stranger)
            #expect(try await answer(port, unknown).body.contains("UnrecognizedClientException"))
        }
    }

    private static func reset(_ credentials: Credentials) -> String {
        signedRequest(nil, "", path: "/_weir/reset", service: "weir", credentials: credentials)
    }

    @Test func aResetNeedsItsOwnPermission() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.allowsReset = true
        try await withAccess(configuration) { port in
            let unsigned = try await answer(port, request(nil, "", path: "/_weir/reset"))
            #expect(unsigned.body.contains("MissingAuthenticationTokenException"))
            let refused = try await answer(port, Self.reset(Self.producer))
            #expect(refused.body.contains("AccessDeniedException"))
            let done = try await answer(port, Self.reset(Self.admin))
            #expect(done.status == 200)
            let put = signedRequest("Kinesis_20131202.PutRecord", Self.put, credentials: Self.admin)
            #expect(try await answer(port, put).body.contains("ResourceNotFoundException"))
        }
    }
}
