import NIOCore
import Testing
import WeirBytes
import WeirModel

/// Requests over a socket that a server must refuse without harm, and the largest that it must take.
@Suite struct BadInputTests {
    /// A connection to a server on which the stream `s` of one shard was made.
    private struct Client {
        let connection: RawConnection

        init(port: Int) async throws {
            connection = try await RawConnection.open(port: port)
            let made = try await call("CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
            try #require(made.status == 200)
        }

        func call(_ action: String, _ body: String, service: String = "Kinesis_20131202") async throws -> RawResponse {
            try await connection.send(request("\(service).\(action)", body))
            return try await connection.response()
        }

        func put(_ count: Int, key: String = "k") async throws -> RawResponse {
            let data = Base64.encode([UInt8](repeating: 0x78, count: count))
            return try await call("PutRecord", #"{"StreamName":"s","PartitionKey":"\#(key)","Data":"\#(data)"}"#)
        }

        /// The value of a member of the JSON in a response, for members with texts.
        func text(_ member: String, in response: RawResponse) throws -> String {
            let after = try #require(response.body.firstRange(of: #""\#(member)":""#)).upperBound
            return String(response.body[after...].prefix { $0 != "\"" })
        }

        func iterator() async throws -> String {
            let body = #"{"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON"}"#
            return try text("ShardIterator", in: try await call("GetShardIterator", body))
        }

        /// How many records the shard holds.
        func recordCount() async throws -> Int {
            let answer = try await call("GetRecords", #"{"ShardIterator":"\#(try await iterator())"}"#)
            return answer.body.ranges(of: #""SequenceNumber":"#).count
        }
    }

    private static let refusals: [(action: String, body: String, code: String)] = [
        ("PutRecord", "this is no JSON", "SerializationException"),
        ("PutRecord", #"{"StreamName":"s""#, "SerializationException"),
        ("PutRecord", "\u{0}\u{1}\u{2}", "SerializationException"),
        ("PutRecord", "[]", "SerializationException"),
        ("PutRecord", String(repeating: "[", count: 100_000), "SerializationException"),
        ("PutRecord", #"{"StreamName":5,"PartitionKey":"k","Data":""}"#, "SerializationException"),
        ("PutRecord", #"{"StreamName":"s","PartitionKey":"k","Data":"?"}"#, "SerializationException"),
        ("PutRecords", #"{"StreamName":"s","Records":{"PartitionKey":"k"}}"#, "SerializationException"),
        ("CreateStream", #"{"StreamName":"t","ShardCount":"four"}"#, "SerializationException"),
        ("PutTheRecord", "{}", "UnknownOperationException"),
        ("PutRecord", "", "ValidationException"),
        ("PutRecord", #"{"StreamName":"s","PartitionKey":"","Data":""}"#, "ValidationException"),
        (
            "PutRecord", #"{"StreamName":"s","PartitionKey":"\#(String(repeating: "k", count: 257))","Data":""}"#,
            "ValidationException"
        ),
        ("PutRecord", #"{"StreamName":"absent","PartitionKey":"k","Data":""}"#, "ResourceNotFoundException"),
        ("PutRecords", #"{"StreamName":"s","Records":[]}"#, "ValidationException"),
        ("GetRecords", #"{"ShardIterator":"AAAAAAAAAAGarbage"}"#, "InvalidArgumentException"),
    ]

    @Test(arguments: refusals)
    func badRequestsAreRefusedAndTheConnectionGoesOn(action: String, body: String, code: String) async throws {
        try await withDataServer { port in
            let client = try await Client(port: port)
            let refused = try await client.call(action, body)
            #expect(refused.status == 400)
            #expect(refused.body.hasPrefix(#"{"__type":"\#(code)""#), "\(refused.body.prefix(200))")
            #expect(refused.headers["x-amzn-requestid"] != nil)
            let good = try await client.put(5)
            #expect(good.status == 200)
            #expect(try await client.recordCount() == 1)
        }
    }

    @Test func aRecordOfOneMebibyteIsTakenAndALargerOneRefused() async throws {
        try await withDataServer { port in
            let client = try await Client(port: port)
            let limit = Limits.maximumRecordSizeInBytes
            #expect(try await client.put(limit - 1).status == 200)
            let sum = try await client.put(limit)
            #expect(sum.status == 400)
            #expect(sum.body.contains("ValidationException"))
            let data = try await client.put(limit + 1)
            #expect(data.status == 400)
            #expect(data.body.contains("Member must have length less than or equal to 1048576"))
            #expect(try await client.recordCount() == 1)
        }
    }

    @Test func fiveHundredRecordsAreTakenAndOneMoreRefused() async throws {
        try await withDataServer { port in
            let client = try await Client(port: port)
            func put(_ count: Int) async throws -> RawResponse {
                let records = Array(repeating: #"{"PartitionKey":"k","Data":"eA=="}"#, count: count)
                return try await client.call(
                    "PutRecords",
                    #"{"StreamName":"s","Records":[\#(records.joined(separator: ","))]}"#
                )
            }
            #expect(try await put(500).status == 200)
            let refused = try await put(501)
            #expect(refused.status == 400)
            #expect(refused.body.contains("ValidationException"))
            #expect(try await client.recordCount() == 500)
        }
    }

    @Test func theLargestCallIsTaken() async throws {
        try await withDataServer { port in
            let client = try await Client(port: port)
            let data = Base64.encode([UInt8](repeating: 0x78, count: Limits.maximumRecordSizeInBytes - 1))
            let records = Array(repeating: #"{"PartitionKey":"k","Data":"\#(data)"}"#, count: 10)
            let answer = try await client.call(
                "PutRecords",
                #"{"StreamName":"s","Records":[\#(records.joined(separator: ","))]}"#
            )
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""FailedRecordCount":0"#))
        }
    }

    @Test func anIteratorThatExpiredOrWasTamperedWithIsRefused() async throws {
        let time = MovableTime()
        try await withDataServer(time: time) { port in
            let client = try await Client(port: port)
            let iterator = try await client.iterator()
            let middle = iterator.index(iterator.startIndex, offsetBy: iterator.count / 2)
            let changed = iterator[middle] == "A" ? "B" : "A"
            let tampered = iterator[..<middle] + changed + iterator[iterator.index(after: middle)...]
            let forged = try await client.call("GetRecords", #"{"ShardIterator":"\#(tampered)"}"#)
            #expect(forged.status == 400)
            #expect(forged.body == #"{"__type":"InvalidArgumentException","message":"Invalid ShardIterator."}"#)

            #expect(try await client.call("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#).status == 200)
            time.advance(milliseconds: 300_001)
            let expired = try await client.call("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
            #expect(expired.status == 400)
            #expect(expired.body.contains(#""__type":"ExpiredIteratorException""#))
            #expect(expired.body.contains("tolerated delay of 300000 milliseconds."))
        }
    }

    @Test func leaseTablesAreServedOnTheSamePort() async throws {
        try await withDataServer { port in
            let client = try await Client(port: port)
            let service = "DynamoDB_20120810"
            let absent = try await client.call("DescribeTable", #"{"TableName":"leases"}"#, service: service)
            #expect(absent.status == 400)
            #expect(
                absent.body == """
                    {"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",\
                    "message":"Requested resource not found: Table: leases not found"}
                    """
            )
            let created = try await client.call(
                "CreateTable",
                """
                {"TableName":"leases","AttributeDefinitions":[{"AttributeName":"leaseKey","AttributeType":"S"}],\
                "KeySchema":[{"AttributeName":"leaseKey","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",\
                "DeletionProtectionEnabled":false}
                """,
                service: service
            )
            #expect(created.status == 200)
            let item = #"{"TableName":"leases","Item":{"leaseKey":{"S":"a"}},"Expected":{"leaseKey":{"Exists":false}}}"#
            #expect(try await client.call("PutItem", item, service: service).body == "{}")
            let again = try await client.call("PutItem", item, service: service)
            #expect(again.status == 400)
            #expect(
                again.body == """
                    {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",\
                    "message":"The conditional request failed"}
                    """
            )
        }
    }
}
