import NIOCore
import Testing
import WeirBytes
import WeirModel

@testable import WeirWire

@Suite struct DataPlaneTests {
    @Test func `unknown members are skipped, null is absent, and of two the last counts`() throws {
        let request = try PutRecords.Request(
            json: #"""
                { "Unknown" : {"a":[1,{"b":null}]}, "StreamName":"x", "Records":[{"Data":"YQ=="}],
                  "Records" : [ {"PartitionKey":"p","Data":"YQ==","Data":"Ym9i","X":[]},
                                {"Data":null,"PartitionKey":null} ],
                  "StreamName":"\u0073", "StreamARN":null }
                """#
        )
        #expect(request.streamName == "s")
        #expect(request.streamARN == nil)
        #expect(
            request.records == [
                PutRecordsRequestEntry(data: ByteBuffer(string: "bob"), partitionKey: "p"), PutRecordsRequestEntry(),
            ]
        )
        #expect(try PutRecords.Request(json: #"{"Records":[{}],"Records":null}"#).records == nil)
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func `of too many records one more than the limit is kept`(format: WireFormat) throws {
        let limit = Limits.maximumPutRecordsCount
        for (count, kept) in [(limit, limit), (limit + 1, limit + 1), (limit + 2, limit + 1), (limit * 20, limit + 1)] {
            let records = (0..<count).map {
                PutRecordsRequestEntry(data: ByteBuffer(integer: $0), partitionKey: "\($0)")
            }
            var body = ByteBuffer()
            PutRecords.Request(records: records, streamName: "s").write(to: &body, format: format)
            let read = try PutRecords.Request(wire: body, format: format)
            #expect(read.records == Array(records.prefix(kept)))
            #expect(read.streamName == "s", "what follows is read")
        }
    }

    @Test func `the data of all records lies in one buffer`() throws {
        let records = (0..<500).map {
            PutRecordsRequestEntry(
                data: ByteBuffer(repeating: UInt8(truncatingIfNeeded: $0), count: 100),
                partitionKey: "p"
            )
        }
        let read = try PutRecords.Request(json: PutRecords.Request(records: records, streamName: "s").json)
        #expect(read.records == records)
        let addresses = read.records?.compactMap { $0.data?.withUnsafeReadableBytes { $0.baseAddress } } ?? []
        #expect(zip(addresses, addresses.dropFirst()).allSatisfy { $1 - $0 == 100 })
    }

    @Test func `a buffer that does not begin at 0 is read, and one that has content is written behind it`() throws {
        var body = ByteBuffer(string: "xx" + PutRecord.Request(streamName: "s").json)
        body.moveReaderIndex(forwardBy: 2)
        #expect(try PutRecord.Request(wire: body, format: .json).streamName == "s")
        GetRecords.Response(records: []).write(to: &body, format: .json)
        #expect(String(buffer: body) == #"{"StreamName":"s"}{"Records":[]}"#)
    }

    @Test func `the largest answer of GetRecords reads back`() throws {
        let data = ByteBuffer(repeating: 0xA5, count: 1 << 20)
        let records = (0..<10).map { Record(sequenceNumber: "\($0)", data: data, partitionKey: "p\($0)") }
        let response = GetRecords.Response(records: records, nextShardIterator: "n", millisBehindLatest: 1)
        #expect(try GetRecords.Response(json: response.json).records == records)
    }

    @Test func `random messages read back, directly and through Codable`() throws {
        var generator = SeededGenerator(seed: 10)
        for _ in 0..<200 {
            let records = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                PutRecordsRequestEntry(
                    data: ByteBuffer(bytes: generator.bytes(Int.random(in: 0...70, using: &generator))),
                    explicitHashKey: Bool.random(using: &generator)
                        ? "\(UInt64.random(in: 0 ... .max, using: &generator))" : nil,
                    partitionKey: String(
                        decoding: generator.bytes(Int.random(in: 0...20, using: &generator)),
                        as: UTF8.self
                    )
                )
            }
            let request = PutRecords.Request(records: records, streamName: "s")
            let body = ByteBuffer(string: request.json)
            #expect(try PutRecords.Request(wire: body, format: .json).records == records)
            #expect(
                try WireDecoder.decode(PutRecords.Request.self, from: WireValue(json: body), format: .json).records
                    == records
            )
        }
    }
}
