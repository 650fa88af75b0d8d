import NIOCore
import Testing
import WeirModel

@testable import WeirWire

/// The texts that go over the wire, byte for byte.
@Suite struct JSONTextTests {
    @Test func `a record is put`() {
        let request = PutRecord.Request(streamName: "s", data: ByteBuffer(string: "hello"), partitionKey: "k\"1\"")
        #expect(request.json == #"{"StreamName":"s","Data":"aGVsbG8=","PartitionKey":"k\"1\""}"#)
        let response = PutRecord.Response(shardID: "shardId-000000000000", sequenceNumber: "49")
        #expect(response.json == #"{"ShardId":"shardId-000000000000","SequenceNumber":"49"}"#)
    }

    @Test func `records are put`() {
        let request = PutRecords.Request(
            records: [
                PutRecordsRequestEntry(data: ByteBuffer(string: "a"), partitionKey: "p"),
                PutRecordsRequestEntry(data: ByteBuffer(), explicitHashKey: "0", partitionKey: "q"),
            ],
            streamName: "s"
        )
        #expect(
            request.json
                == #"{"Records":[{"Data":"YQ==","PartitionKey":"p"},"#
                + #"{"Data":"","ExplicitHashKey":"0","PartitionKey":"q"}],"StreamName":"s"}"#
        )
        let response = PutRecords.Response(
            failedRecordCount: 1,
            records: [
                PutRecordsResultEntry(sequenceNumber: "49", shardID: "shardId-000000000000"),
                PutRecordsResultEntry(errorCode: "InternalFailure", errorMessage: "m"),
            ]
        )
        #expect(
            response.json
                == #"{"FailedRecordCount":1,"Records":[{"SequenceNumber":"49","ShardId":"shardId-000000000000"},"#
                + #"{"ErrorCode":"InternalFailure","ErrorMessage":"m"}]}"#
        )
        #expect(PutRecords.Response(records: []).json == #"{"Records":[]}"#)
    }

    @Test func `records are got`() {
        let response = GetRecords.Response(
            records: [
                Record(
                    sequenceNumber: "49",
                    approximateArrivalTimestamp: Timestamp(millisecondsSinceEpoch: 1_373_705_700_123),
                    data: ByteBuffer(string: "hello"),
                    partitionKey: "p"
                )
            ],
            nextShardIterator: "n",
            millisBehindLatest: 0
        )
        #expect(
            response.json
                == #"{"Records":[{"SequenceNumber":"49","ApproximateArrivalTimestamp":1373705700.123,"#
                + #""Data":"aGVsbG8=","PartitionKey":"p"}],"NextShardIterator":"n","MillisBehindLatest":0}"#
        )
        let end = GetRecords.Response(
            records: [],
            millisBehindLatest: 0,
            childShards: [
                ChildShard(
                    shardID: "c",
                    parentShards: ["a", "b"],
                    hashKeyRange: HashKeyRangeShape(startingHashKey: "0", endingHashKey: "9")
                )
            ]
        )
        #expect(
            end.json
                == #"{"Records":[],"MillisBehindLatest":0,"ChildShards":[{"ShardId":"c","ParentShards":["a","b"],"#
                + #""HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"9"}}]}"#
        )
    }

    @Test func `a lease is taken`() {
        let request = UpdateItem.Request(
            tableName: "app",
            key: ["leaseKey": .string("shardId-000000000000")],
            expected: ["leaseCounter": ExpectedAttribute(value: .number("7"))],
            attributeUpdates: ["leaseOwner": AttributeUpdate(value: .string("worker"), action: "PUT")]
        )
        #expect(
            request.json
                == #"{"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}},"#
                + #""Expected":{"leaseCounter":{"Value":{"N":"7"}}},"#
                + #""AttributeUpdates":{"leaseOwner":{"Value":{"S":"worker"},"Action":"PUT"}}}"#
        )
    }

    @Test(arguments: [
        (0, "0"), (1, "0.001"), (-1, "-0.001"), (-1500, "-1.5"), (1000, "1"), (1_373_705_700_000, "1373705700"),
        (1_373_705_700_100, "1373705700.1"), (1_373_705_700_120, "1373705700.12"),
        (1_373_705_700_123, "1373705700.123"),
        (1_373_705_700_003, "1373705700.003"), (Int64.max, "9223372036854775.807"), (.min, "-9223372036854775.808"),
    ])
    func `times are written to the millisecond`(milliseconds: Int64, text: String) throws {
        let request = GetShardIterator.Request(timestamp: Timestamp(millisecondsSinceEpoch: milliseconds))
        #expect(request.json == #"{"Timestamp":\#(text)}"#)
        // Doubles carry milliseconds for some 285,000 years around 1970.
        guard milliseconds.magnitude < 1 << 53 else { return }
        #expect(try GetShardIterator.Request(json: request.json).timestamp?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(
        arguments: [
            ("1373705700", 1_373_705_700_000), ("1373705700.0", 1_373_705_700_000), ("1.3737057e9", 1_373_705_700_000),
            ("1373705700.1234", 1_373_705_700_123), ("1373705700.1236", 1_373_705_700_124), ("1E-3", 1),
            ("-0.0005", -1),
            ("0", 0),
        ] as [(String, Int64)]
    )
    func `times are read from any number`(text: String, milliseconds: Int64) throws {
        let request = try GetShardIterator.Request(json: #"{"Timestamp":\#(text)}"#)
        #expect(request.timestamp?.millisecondsSinceEpoch == milliseconds)
        let record =
            #"{"Records":[{"SequenceNumber":"1","ApproximateArrivalTimestamp":\#(text),"Data":"","PartitionKey":"p"}]}"#
        let response = try GetRecords.Response(json: record)
        #expect(response.records.first?.approximateArrivalTimestamp?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(arguments: ["1e300", "9223372036854775807", "-1e17"])
    func `a time beyond 64 bits is refused`(text: String) {
        let error = #expect(throws: ServiceError.self) {
            try GetShardIterator.Request(json: #"{"Timestamp":\#(text)}"#)
        }
        #expect(error?.code == .serialization)
    }

    @Test(
        arguments: [
            ("5", 5), ("5.0", 5), ("5.9", 5), ("-5.9", -5), ("1e2", 100), ("1e300", Int.max), ("-1e300", .min),
            ("9223372036854775808", .max), ("null", nil),
        ] as [(String, Int?)]
    )
    func `integers are read from any number`(text: String, expected: Int?) throws {
        #expect(try DescribeStream.Request(json: #"{"Limit":\#(text)}"#).limit == expected)
        #expect(try GetRecords.Request(json: #"{"Limit":\#(text)}"#).limit == expected)
    }
}
