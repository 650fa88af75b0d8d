import NIOCore
import Testing
import WeirModel
import WeirRuntime
import WeirWire

@testable import WeirServer

/// The Kinesis actions in `application/x-amz-cbor-1.1`, over HTTP and down to the disk.
@Suite struct CBORTests {
    private let type = "application/x-amz-cbor-1.1"

    private func value(_ response: RawResponse) throws -> WireMap {
        #expect(response.headers["content-type"] == type)
        guard case .map(let members) = try WireValue(cbor: response.bytes) else {
            Issue.record("The answer is no map.")
            return [:]
        }
        return members
    }

    private func answer(_ connection: RawConnection, _ action: String, _ body: WireMap) async throws -> RawResponse {
        var bytes = ByteBuffer()
        WireValue.map(body).writeCBOR(to: &bytes)
        try await connection.send(cborRequest("Kinesis_20131202.\(action)", bytes))
        return try await connection.response()
    }

    private func answer(port: Int, _ request: ByteBuffer) async throws -> RawResponse {
        let connection = try await RawConnection.open(port: port)
        try await connection.send(request)
        return try await connection.response()
    }

    @Test func aStreamIsUsedInCBORAlone() async throws {
        let time = MovableTime()
        try await withDataServer(time: time) { port in
            let connection = try await RawConnection.open(port: port)
            let created = try await answer(
                connection,
                "CreateStream",
                ["StreamName": .string("s"), "ShardCount": .integer(1)]
            )
            #expect(created.status == 200)
            #expect(created.bytes.readableBytes == 0)
            let data = ByteBuffer(bytes: [0x00, 0xFF, 0x80, 0x0A])
            let before = time.wallMilliseconds
            let put = try value(
                try await answer(
                    connection,
                    "PutRecords",
                    [
                        "StreamName": .string("s"),
                        "Records": .array([
                            .map(["Data": .bytes(data), "PartitionKey": .string("é")]),
                            .map(["Data": .bytes(ByteBuffer()), "PartitionKey": .string("k")]),
                        ]),
                    ]
                )
            )
            #expect(put["FailedRecordCount"] == .integer(0))
            let single = try value(
                try await answer(
                    connection,
                    "PutRecord",
                    ["StreamName": .string("s"), "Data": .bytes(data), "PartitionKey": .string("é")]
                )
            )
            #expect(single["ShardId"] == .string("shardId-000000000000"))
            let records = try await read(connection, from: before)
            #expect(records.map { $0["Data"] } == [.bytes(data), .bytes(ByteBuffer()), .bytes(data)])
            #expect(records.map { $0["PartitionKey"] } == [.string("é"), .string("k"), .string("é")])
            #expect(records.last?["SequenceNumber"] == single["SequenceNumber"])
            for record in records {
                guard case .timestamp(let arrival)? = record["ApproximateArrivalTimestamp"] else {
                    Issue.record("The time of arrival is not under tag 1.")
                    continue
                }
                #expect((before...time.wallMilliseconds).contains(arrival.millisecondsSinceEpoch))
            }
            // A time after the last record: milliseconds were not taken for seconds.
            time.advance(milliseconds: 1000)
            let later = try await read(connection, from: time.wallMilliseconds)
            #expect(later.isEmpty)
            try await expectTheSameInJSON(connection, records.count)
        }
    }

    private func read(_ connection: RawConnection, from milliseconds: Int64) async throws -> [WireMap] {
        let iterator = try value(
            try await answer(
                connection,
                "GetShardIterator",
                [
                    "StreamName": .string("s"), "ShardId": .string("shardId-000000000000"),
                    "ShardIteratorType": .string("AT_TIMESTAMP"),
                    "Timestamp": .timestamp(Timestamp(millisecondsSinceEpoch: milliseconds)),
                ]
            )
        )
        let token = try #require(iterator["ShardIterator"])
        let got = try value(
            try await answer(connection, "GetRecords", ["ShardIterator": token, "Limit": .integer(10)])
        )
        #expect(got["MillisBehindLatest"] == .integer(0))
        guard case .array(let elements)? = got["Records"] else { return [] }
        return elements.compactMap { element in
            if case .map(let record) = element { record } else { nil }
        }
    }

    /// Both formats on one connection, and the same records in both.
    private func expectTheSameInJSON(_ connection: RawConnection, _ count: Int) async throws {
        let start = #"{"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"TRIM_HORIZON"}"#
        try await connection.send(request("Kinesis_20131202.GetShardIterator", start))
        let iterator = try GetShardIterator.Response(wire: try await connection.response().bytes, format: .json)
        try await connection.send(
            request("Kinesis_20131202.GetRecords", #"{"ShardIterator":"\#(iterator.shardIterator ?? "")"}"#)
        )
        let response = try await connection.response()
        #expect(response.headers["content-type"] == "application/x-amz-json-1.1")
        #expect(try GetRecords.Response(wire: response.bytes, format: .json).records.count == count)
    }

    @Test func errorsAreCBORToo() async throws {
        try await withDataServer { port in
            let connection = try await RawConnection.open(port: port)
            let absent = try await answer(connection, "DescribeStream", ["StreamName": .string("absent")])
            #expect(absent.status == 400)
            let members = try value(absent)
            #expect(members["__type"] == .string("ResourceNotFoundException"))
            #expect(members["message"] == .string("Stream absent under account 000000000000 not found."))
            let unknown = try await answer(connection, "Nothing", [:])
            #expect(unknown.status == 400)
            #expect(try value(unknown)["__type"] == .string("UnknownOperationException"))
            let text = try await answer(connection, "PutRecord", ["Data": .string("YQ==")])
            #expect(try value(text)["__type"] == .string("SerializationException"))
            #expect(
                try value(text)["Message"] == .string("class java.lang.String can not be converted to a Blob")
            )
        }
    }

    @Test(
        arguments: [[0xBF], [0xA1, 0x61], [0x1C], [0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]] as [[UInt8]]
    )
    func whatIsNotCBORIsRefusedAndTheConnectionGoesOn(body: [UInt8]) async throws {
        try await withDataServer { port in
            let connection = try await RawConnection.open(port: port)
            for action in ["PutRecords", "ListStreams"] {
                try await connection.send(cborRequest("Kinesis_20131202.\(action)", ByteBuffer(bytes: body)))
                let response = try await connection.response()
                #expect(response.status == 400)
                let members = try value(response)
                #expect(members["__type"] == .string("SerializationException"))
                guard case .string(let message)? = members["Message"] else {
                    Issue.record("no message")
                    continue
                }
                #expect(message.hasPrefix("The body is not CBOR that can be read: "))
            }
            let good = try await answer(connection, "ListStreams", [:])
            #expect(good.status == 200)
            #expect(try value(good)["StreamNames"] == .array([]))
        }
    }

    @Test(arguments: ["application/x-amz-cbor-1.1; charset=utf-8", "Application/X-Amz-CBOR-1.1"])
    func parametersAndCaseOfTheContentTypeDoNotMatter(type: String) async throws {
        try await withDataServer { port in
            let empty = ByteBuffer()
            let request = cborRequest("Kinesis_20131202.ListStreams", empty, contentType: type)
            let response = try await answer(port: port, request)
            #expect(try value(response)["StreamNames"] == .array([]))
        }
    }

    @Test(arguments: ["DynamoDB_20120810.ListTables", "DynamoDB_20120810.Nothing"])
    func dynamoDBSpeaksJSONAlone(target: String) async throws {
        try await withDataServer { port in
            let response = try await answer(port: port, cborRequest(target, ByteBuffer(bytes: [0xA0])))
            #expect(response.status == 404)
            #expect(response.body == "<UnknownOperationException/>\n")
        }
    }

    @Test(arguments: ["application/cbor", "application/x-amz-cbor-1.0", "application/x-amz-cbor-1.11"])
    func otherContentTypesOfCBORAreUnknown(type: String) async throws {
        try await withDataServer { port in
            let request = cborRequest("Kinesis_20131202.ListStreams", ByteBuffer(bytes: [0xA0]), contentType: type)
            let response = try await answer(port: port, request)
            #expect(response.status == 404)
        }
    }
}
