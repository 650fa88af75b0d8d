import NIOCore
import Testing
import WeirBytes
import WeirModel
import WeirTestTools

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

    @Test(arguments: [WireFormat.json, .cbor])
    func `a number is written as its text is`(format: WireFormat) throws {
        let number = SequenceNumber(streamEpoch: 1_700_000_000_000, shard: 7, index: 12_345)
        var texts = ByteBuffer()
        var numbers = ByteBuffer()
        let entry = PutRecordsResultEntry(sequenceNumber: number.description, shardID: "shardId-000000000007")
        let same = PutRecordsResultEntry(number, in: ShardID(7))
        #expect(entry == same && entry.hashValue == same.hashValue)
        #expect(same.sequenceNumber == number.description && same.shardID == "shardId-000000000007")
        var changed = same
        changed.errorCode = "InternalFailure"
        #expect(changed != same && changed.sequenceNumber == number.description && changed.shardID == same.shardID)
        changed.errorCode = nil
        #expect(changed == same && changed.hashValue == same.hashValue)
        PutRecords.Response(records: [entry, entry]).write(to: &texts, format: format)
        PutRecords.Response(records: [same, same]).write(to: &numbers, format: format)
        #expect(texts == numbers)
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func `records as a shard gave them are written as others are`(format: WireFormat) throws {
        let keys = ["p", "", "\"quoted\" \u{1}", "é\u{301}日本", String(repeating: "😀", count: 256)]
        let stored = keys.enumerated().map { number, key in
            StoredRecord(
                sequenceNumber: SequenceNumber(streamEpoch: 1_700_000_000_000, shard: 7, index: UInt64(number + 1)),
                partitionKey: key,
                data: ByteBuffer(repeating: UInt8(number), count: number * 100),
                approximateArrival: Timestamp(millisecondsSinceEpoch: 1_373_705_700_123 + Int64(number)),
                isEncrypted: number % 2 == 1
            )
        }
        let given = RecordList(StoredRecords(stored))
        let records = RecordList(stored.map(Record.init))
        #expect(given == records && given.hashValue == records.hashValue && given.count == 5)
        let answers = [given, records].map { records in
            var bodies = ByteBuffer()
            let answer = GetRecords.Response(records: records, nextShardIterator: "n", millisBehindLatest: 1)
            answer.write(to: &bodies, format: format)
            let event = SubscribeToShardEvent(records: records, continuationSequenceNumber: "1", millisBehindLatest: 0)
            event.write(to: &bodies, format: format)
            return bodies
        }
        #expect(answers[0] == answers[1])
        var body = ByteBuffer()
        GetRecords.Response(records: given).write(to: &body, format: format)
        #expect(try GetRecords.Response(wire: body, format: format).records == records)
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func `a message that takes more than it seems to is written whole`(format: WireFormat) throws {
        let controls = String(repeating: "\u{1}", count: 5000)
        let record = Record(sequenceNumber: "1", data: ByteBuffer(string: "d"), partitionKey: controls)
        let range = HashKeyRangeShape(startingHashKey: "0", endingHashKey: "9")
        let children = (0..<300).map { ChildShard(shardID: "\($0)", parentShards: ["a"], hashKeyRange: range) }
        let response = GetRecords.Response(records: [record, record], nextShardIterator: "n", childShards: children)
        var body = ByteBuffer(string: "before")
        response.write(to: &body, format: format)
        #expect(body.readString(length: 6) == "before")
        let read = try GetRecords.Response(wire: body, format: format)
        #expect(read.records == response.records && read.childShards == children && read.nextShardIterator == "n")
        let entry = PutRecordsResultEntry(errorCode: "InternalFailure", errorMessage: controls)
        var entries = ByteBuffer()
        PutRecords.Response(failedRecordCount: 2, records: [entry, entry]).write(to: &entries, format: format)
        #expect(try PutRecords.Response(wire: entries, format: format).records == [entry, entry])
    }

    @Test func `the largest answer of GetRecords reads back`() throws {
        let data = ByteBuffer(repeating: 0xA5, count: 1 << 20)
        let records = (0..<10).map { Record(sequenceNumber: "\($0)", data: data, partitionKey: "p\($0)") }
        let response = GetRecords.Response(records: RecordList(records), nextShardIterator: "n", millisBehindLatest: 1)
        #expect(try GetRecords.Response(json: response.json).records == RecordList(records))
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
