import Testing
import WeirModel
import WeirSigning

@testable import WeirServer

@Suite struct RegionTests {
    private static let anyone = Credentials(accessKeyID: "test", secretAccessKey: "test")

    private func call(_ port: Int, _ action: String, _ body: String, region: String?) async throws -> RawResponse {
        let target = "Kinesis_20131202.\(action)"
        guard let region else { return try await answer(port, request(target, body)) }
        return try await answer(port, signedRequest(target, body, region: region, credentials: Self.anyone))
    }

    @Test func aRegionSeesItsOwnStreams() async throws {
        try await withRegionalServer { port in
            let create = #"{"StreamName":"s","ShardCount":1}"#
            #expect(try await call(port, "CreateStream", create, region: "eu-west-1").status == 200)
            #expect(try await call(port, "CreateStream", create, region: "us-east-1").status == 200)
            #expect(try await call(port, "CreateStream", create, region: "eu-west-1").status == 400)
            let west = try await call(port, "DescribeStreamSummary", #"{"StreamName":"s"}"#, region: "eu-west-1")
            #expect(west.body.contains(#""arn:aws:kinesis:eu-west-1:000000000000:stream/s""#))
            let none = try await call(port, "ListStreams", "{}", region: "eu-central-1")
            #expect(none.body.contains(#""StreamNames":[]"#))
            // Who names no region is in the default one.
            let unsigned = try await call(port, "DescribeStreamSummary", #"{"StreamName":"s"}"#, region: nil)
            #expect(unsigned.body.contains(#""arn:aws:kinesis:us-east-1:000000000000:stream/s""#))
        }
    }

    @Test func anIteratorIsOfItsRegion() async throws {
        try await withRegionalServer { port in
            let create = #"{"StreamName":"s","ShardCount":1}"#
            for region in ["eu-west-1", "us-east-1"] {
                #expect(try await call(port, "CreateStream", create, region: region).status == 200)
            }
            let position = #"{"StreamName":"s","ShardId":"shardId-0","ShardIteratorType":"TRIM_HORIZON"}"#
            let iterator = try await call(port, "GetShardIterator", position, region: "eu-west-1").body
            #expect(try await call(port, "GetRecords", iterator, region: "eu-west-1").status == 200)
            let other = try await call(port, "GetRecords", iterator, region: "us-east-1")
            #expect(other.body.contains("Invalid ShardIterator."))
        }
    }

    @Test func aRegionThatIsNoneIsTheDefault() async throws {
        try await withRegionalServer { port in
            let answers = try await call(port, "CreateStream", #"{"StreamName":"s","ShardCount":1}"#, region: "../../x")
            #expect(answers.status == 200)
            let unsigned = try await call(port, "ListStreams", "{}", region: nil)
            #expect(unsigned.body.contains(#""StreamNames":["s"]"#))
        }
    }

    @Test func aResetEmptiesAllRegions() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.allowsReset = true
        try await withRegionalServer(configuration) { port in
            let regions = ["eu-west-1", "us-east-1"]
            let table = #"""
                {"TableName":"leases","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],\#
                "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}
                """#
            for region in regions {
                for name in ["a", "b"] {
                    let create = #"{"StreamName":"\#(name)","ShardCount":1}"#
                    #expect(try await call(port, "CreateStream", create, region: region).status == 200)
                }
                let made = signedRequest(
                    "DynamoDB_20120810.CreateTable",
                    table,
                    region: region,
                    service: "dynamodb",
                    credentials: Self.anyone
                )
                #expect(try await answer(port, made).status == 200)
            }
            let reset = try await answer(port, request(nil, "", path: "/_weir/reset", contentType: nil))
            #expect(reset.status == 200)
            #expect(reset.body == #"{"status":"ok"}"#)
            for region in regions {
                let streams = try await call(port, "ListStreams", "{}", region: region)
                #expect(streams.body.contains(#""StreamNames":[]"#))
                let listed = signedRequest(
                    "DynamoDB_20120810.ListTables",
                    region: region,
                    service: "dynamodb",
                    credentials: Self.anyone
                )
                #expect(try await answer(port, listed).body.contains(#""TableNames":[]"#))
            }
        }
    }

    @Test func aResetIsRefusedUnlessItIsAllowed() async throws {
        try await withRegionalServer { port in
            _ = try await call(port, "CreateStream", #"{"StreamName":"s","ShardCount":1}"#, region: nil)
            let reset = try await answer(port, request(nil, "", path: "/_weir/reset"))
            #expect(reset.status == 400)
            #expect(reset.body.contains("This server was not started with --allow-reset."))
            #expect(try await call(port, "ListStreams", "{}", region: nil).body.contains(#""StreamNames":["s"]"#))
        }
    }
}
