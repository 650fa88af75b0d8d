import Testing
import WeirAccess
import WeirRuntime
import WeirSigning

@testable import WeirServer

/// What becomes of subscriptions and regions where the server has access keys.
@Suite struct AccessChangeTests {
    private static let reader = Credentials(accessKeyID: "READER", secretAccessKey: "0123456789abcdef")
    private static let watcher = Credentials(accessKeyID: "WATCHER", secretAccessKey: "0123456789abcdef")
    private static let admin = AccessTests.file.accessKeys[1]

    private static func file(_ key: Credentials?, actions: [String] = ["kinesis:*"]) -> CredentialsFile {
        let reader = key.map {
            AccessKey(
                credentials: $0,
                user: "reader",
                policy: AccessPolicy([.init(effect: .allow, actions: actions, resources: ["stream/s*"])])
            )
        }
        return CredentialsFile(accessKeys: [admin] + (reader.map { [$0] } ?? []))
    }

    private func call(
        _ port: Int,
        _ action: String,
        _ body: String,
        region: String = "us-east-1",
        _ credentials: Credentials
    ) async throws -> RawResponse {
        let target = "Kinesis_20131202.\(action)"
        return try await answer(port, signedRequest(target, body, region: region, credentials: credentials))
    }

    /// The keys that take a subscription away, and those that leave it.
    @Test(arguments: [
        (file(nil), false),
        (file(Credentials(accessKeyID: "READER", secretAccessKey: "0123456789abcdeX")), false),
        (file(reader, actions: ["kinesis:Describe*"]), false),
        (file(reader, actions: ["kinesis:SubscribeToShard"]), true),
    ])
    func aSubscriptionEndsWithWhatAllowedIt(file: CredentialsFile, stays: Bool) async throws {
        let access = AccessControl(Self.file(Self.reader), account: "000000000000")
        try await withRegionalServer(access: access) { port in
            let admin = Self.admin.credentials
            #expect(try await call(port, "CreateStream", #"{"StreamName":"s","ShardCount":1}"#, admin).status == 200)
            let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
            let register = #"{"StreamARN":"\#(stream)","ConsumerName":"c"}"#
            let registered = try await call(port, "RegisterStreamConsumer", register, admin).body
            let arn = try #require(registered.firstMatch(of: /"ConsumerARN":"([^"]+)"/)).output.1
            let connection = try await RawConnection.open(port: port)
            let subscribe = #"""
                {"ConsumerARN":"\#(arn)","ShardId":"shardId-000000000000","StartingPosition":{"Type":"TRIM_HORIZON"}}
                """#
            try await connection.send(
                signedRequest("Kinesis_20131202.SubscribeToShard", subscribe, credentials: Self.reader)
            )
            #expect(try await connection.head().status.contains("200"))
            #expect(try await connection.chunk().contains("initial-response"))
            access.replaceKeys(by: file)
            if stays {
                let put = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
                #expect(try await call(port, "PutRecord", put, admin).status == 200)
                while try await !connection.chunk().contains("bGF0ZXI=") {}
            } else {
                while try await !connection.chunk().isEmpty {}
            }
            try await connection.close()
        }
    }

    @Test func aRegionIsOpenedOnlyForSomebodyWithRightsThere() async throws {
        let file = CredentialsFile(accessKeys: [
            Self.admin,
            AccessKey(credentials: AccessTests.producer, user: "nobody", policy: AccessPolicy([])),
            AccessKey(
                credentials: Self.reader,
                user: "west",
                policy: AccessPolicy([
                    .init(effect: .allow, actions: ["kinesis:*"], resources: ["arn:aws:kinesis:eu-west-1:*:stream/*"])
                ])
            ),
            AccessKey(
                credentials: Self.watcher,
                user: "watcher",
                policy: AccessPolicy([
                    .init(effect: .allow, actions: ["weir:Metrics", "cloudwatch:PutMetricData"], resources: ["*"])
                ])
            ),
        ])
        let access = AccessControl(file, account: "000000000000")
        try await withServerFolder { path in
            func folders() throws -> [String] { (try? SystemFileSystem().list("\(path)/regions")) ?? [] }
            try await withRegionalServer(access: access, path: path) { port in
                for region in ["eu-north-1", "eu-west-1"] {
                    let refused = try await call(port, "ListStreams", "{}", region: region, AccessTests.producer)
                    #expect(refused.body.contains("AccessDeniedException"))
                    #expect(refused.body.contains("kinesis:ListStreams on resource: arn:aws:kinesis:\(region):"))
                    let wrong = Credentials(accessKeyID: "ADMIN", secretAccessKey: "0000000000000000")
                    let forged = try await call(port, "ListStreams", "{}", region: region, wrong)
                    #expect(forged.body.contains("InvalidSignatureException"))
                }
                #expect(try await answer(port, request("Kinesis_20131202.ListStreams")).status == 400)
                let elsewhere = try await call(port, "ListStreams", "{}", region: "eu-north-1", Self.reader)
                #expect(elsewhere.body.contains("AccessDeniedException"))
                // Rights on every resource, but to nothing that a region has.
                let watcher = try await call(port, "ListStreams", "{}", region: "eu-north-1", Self.watcher)
                #expect(watcher.body.contains("AccessDeniedException"))
                #expect(try folders().isEmpty)

                let create = #"{"StreamName":"s","ShardCount":1}"#
                #expect(try await call(port, "CreateStream", create, region: "eu-west-1", Self.reader).status == 200)
                #expect(try folders() == ["eu-west-1"])
                // Where the region is open, the call itself is judged.
                let refused = try await call(port, "DeleteStream", create, region: "eu-west-1", AccessTests.producer)
                #expect(refused.body.contains("arn:aws:kinesis:eu-west-1:000000000000:stream/s because"))
            }
        }
    }
}
