import NIOCore
import Testing
import WeirBytes
import WeirModel

@testable import WeirWire

@Suite struct CBORMessageTests {
    @Test(arguments: Samples.messages.indices)
    func `every message reads back as it was written`(index: Int) throws {
        func expectRoundTrip<Message: WireMessage & Codable>(_ message: Message) throws {
            let read = try Message(cbor: message.cbor)
            #expect(try WireEncoder.encode(read).sorted == WireEncoder.encode(message).sorted)
        }
        try expectRoundTrip(Samples.messages[index])
    }

    @Test(arguments: Samples.messages.indices)
    func `every message is the same tree whether written directly or through Codable`(index: Int) throws {
        let message = Samples.messages[index]
        #expect(
            try WireValue(cbor: ByteBuffer(bytes: message.cbor)).sorted == WireEncoder.encode(message).sorted
        )
    }

    @Test(arguments: Samples.messages.indices)
    func `every message is read however it is written`(index: Int) throws {
        func expectRead<Message: WireMessage & Codable>(_ message: Message) throws {
            let tree = try WireEncoder.encode(message)
            for seed in 0..<40 {
                let bytes = LooseCBOR(tree, seed: UInt64(seed)).bytes
                #expect(try WireEncoder.encode(Message(cbor: bytes)).sorted == tree.sorted, "\(seed)")
            }
        }
        try expectRead(Samples.messages[index])
    }

    @Test func `a message without its optional members is an empty map, and an empty body is read as one`() throws {
        #expect(PutRecords.Request().cbor == [0xA0])
        #expect(GetRecords.Request().cbor == [0xA0])
        #expect(ListStreams.Request().cbor == [0xA0])
        for body in [[], [0xA0], [0xBF, 0xFF], [0xD9, 0xD9, 0xF7, 0xA0]] as [[UInt8]] {
            #expect(try PutRecords.Request(cbor: body).records == nil)
            #expect(try ListShards.Request(cbor: body).streamName == nil)
        }
        #expect(EmptyResponse().cbor == [])
    }

    @Test func `a record is put, byte for byte`() {
        let request = PutRecord.Request(streamName: "s", data: ByteBuffer(bytes: [1, 2]), partitionKey: "k")
        #expect(
            request.cbor
                == [0xA3, 0x6A] + Array("StreamName".utf8) + [0x61, 0x73, 0x64] + Array("Data".utf8)
                + [0x42, 1, 2, 0x6C] + Array("PartitionKey".utf8) + [0x61, 0x6B]
        )
    }

    /// As in the capture of https://github.com/floci-io/floci/issues/2368.
    @Test func `a time is tag 1 with milliseconds`() throws {
        let time = Timestamp(millisecondsSinceEpoch: 0x1A0_13AC_CC38)
        let name = [0x69] + Array("Timestamp".utf8)
        let value: [UInt8] = [0xC1, 0x1B, 0x00, 0x00, 0x01, 0xA0, 0x13, 0xAC, 0xCC, 0x38]
        #expect(GetShardIterator.Request(timestamp: time).cbor == [0xA1] + name + value)
        #expect(try GetShardIterator.Request(cbor: [0xA1] + name + value).timestamp == time)
        // Without the tag, and as a floating-point number.
        #expect(try GetShardIterator.Request(cbor: [0xA1] + name + value.dropFirst()).timestamp == time)
        var double = ByteBuffer()
        double.writeCBORDouble(Double(time.millisecondsSinceEpoch) + 0.4)
        for tag in [[], [0xC1]] as [[UInt8]] {
            let body = [0xA1] + name + tag + Array(buffer: double)
            #expect(try GetShardIterator.Request(cbor: body).timestamp == time)
        }
        let record = Record(
            sequenceNumber: "1",
            approximateArrivalTimestamp: time,
            data: ByteBuffer(),
            partitionKey: "k"
        )
        let answer = GetRecords.Response(records: [record]).cbor
        #expect(answer.firstRange(of: value) != nil)
        #expect(try GetRecords.Response(cbor: answer).records == [record])
    }

    @Test(
        arguments: [
            ("f6", nil), ("f7", nil), ("18c8", 200), ("fb4069000000000000", 200), ("1bffffffffffffffff", Int.max),
            ("3903e7", -1000), ("f97c00", Int.max), ("f97e00", 0),
        ] as [(String, Int?)]
    )
    func `null and undefined are absent, and numbers are converted as in JSON`(hex: String, limit: Int?) throws {
        let digits = hex.compactMap(\.hexDigitValue)
        let value = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        let body = [0xA1, 0x65] + Array("Limit".utf8) + value
        #expect(try GetRecords.Request(cbor: body).limit == limit)
        #expect(try DescribeStream.Request(cbor: body).limit == limit)
    }

    @Test func `records share the bytes of the body`() throws {
        let records = (0..<100).map {
            PutRecordsRequestEntry(data: ByteBuffer(repeating: UInt8($0), count: 100), partitionKey: "p")
        }
        var body = ByteBuffer(string: "before")
        PutRecords.Request(records: records, streamName: "s").write(to: &body, format: .cbor)
        body.moveReaderIndex(forwardBy: 6)
        let read = try PutRecords.Request(wire: body, format: .cbor)
        #expect(read.records == records)
        let bounds = body.withUnsafeReadableBytes { ($0.baseAddress, $0.count) }
        let start = try #require(bounds.0)
        for record in read.records ?? [] {
            let address = try #require(record.data?.withUnsafeReadableBytes(\.baseAddress))
            #expect((0..<bounds.1).contains(address - start))
        }
    }

    @Test func `the largest answer of GetRecords reads back`() throws {
        let data = ByteBuffer(repeating: 0xA5, count: 1 << 20)
        let records = (0..<10).map { Record(sequenceNumber: "\($0)", data: data, partitionKey: "p\($0)") }
        let response = GetRecords.Response(records: RecordList(records), nextShardIterator: "n", millisBehindLatest: 1)
        #expect(try GetRecords.Response(cbor: response.cbor).records == RecordList(records))
    }

    @Test(
        arguments: [
            (["Data": .string("YQ==")], "class java.lang.String can not be converted to a Blob"),
            (
                ["StreamName": .bytes(ByteBuffer(string: "s"))],
                "class java.nio.HeapByteBuffer can not be converted to an String"
            ),
            (["StreamName": .array([])], "Start of list found where not expected"),
            (["Data": .map(["a": .null])], "Start of structure or map found where not expected."),
            (["StreamName": .bool(true)], "class java.lang.Boolean can not be converted to an String"),
        ] as [(WireMap, String)]
    )
    func `a member of a wrong type is refused`(members: WireMap, text: String) throws {
        var body = ByteBuffer()
        WireValue.map(members).writeCBOR(to: &body)
        for read in [
            { try PutRecord.Request(wire: body, format: .cbor) },
            { try WireDecoder.decode(PutRecord.Request.self, from: WireValue(cbor: body), format: .cbor) },
        ] {
            let error = #expect(throws: ServiceError.self) { _ = try read() }
            #expect(error?.code == .serialization)
            #expect(error?.message == text)
        }
    }

    @Test(arguments: [[0xF6], [0xF7], [0x80], [0x00], [0x61, 0x61], [0xF5]] as [[UInt8]])
    func `what is no map is no message`(body: [UInt8]) {
        for type in [DescribeStream.Request.self, PutRecord.Request.self] as [any WireMessage.Type] {
            let error = #expect(throws: ServiceError.self) { _ = try type.init(cbor: body) }
            #expect(error?.code == .serialization)
        }
    }

    @Test(arguments: ErrorBodyTests.bodies.indices)
    func `errors are maps with type and message, and are read back`(index: Int) throws {
        let (error, service, _) = ErrorBodyTests.bodies[index]
        var body = ByteBuffer()
        ErrorBody.write(error, service: service, to: &body, format: .cbor)
        let members = try WireValue(cbor: body).map(.structure)
        guard case .string(let type)? = members["__type"] else {
            Issue.record("no type")
            return
        }
        #expect(ErrorBody.code(type) == error.code)
        let read = ErrorBody.read(body, status: error.httpStatus, format: .cbor)
        #expect(read.code == error.code)
        #expect(read.message == error.message)
    }
}
