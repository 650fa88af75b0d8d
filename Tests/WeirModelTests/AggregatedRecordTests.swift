import NIOCore
import Testing
import WeirBytes
import WeirModel

@Suite struct AggregatedRecordTests {
    /// What aws-kinesis-agg 1.2.3 from PyPI makes of three user records.
    private static let foreign = """
        84mawgoDVUExCgNBQTISJzE3MDE0MTE4MzQ2MDQ2OTIzMTczMTY4NzMwMzcxNTg4NDEwNTcyOBoLCAAQABoFZmlyc3QaDggBGgp6d2VpdGVyIMO8\
        GgYIABAAGgBtt8LFQBFWnvS+LfaoBRB2
        """
    private static let middle = HashKey(1 << 127)
    private static let records: [AggregatedRecord.UserRecord] = [
        .init(partitionKey: "UA1", explicitHashKey: middle, data: ByteBuffer(string: "first")),
        .init(partitionKey: "AA2", data: ByteBuffer(string: "zweiter ü")),
        .init(partitionKey: "UA1", explicitHashKey: middle, data: ByteBuffer()),
    ]

    private func foreign() throws -> ByteBuffer {
        try Base64.decode(Self.foreign)
    }

    @Test func anotherProducersAggregateIsRead() throws {
        let aggregate = try #require(try AggregatedRecord(decoding: try foreign()))
        #expect(aggregate.records == Self.records)
        #expect(aggregate.records.map(\.hashKey) == [Self.middle, HashKey(partitionKey: "AA2"), Self.middle])
    }

    @Test func itIsWrittenAsTheOtherProducerDoes() throws {
        #expect(AggregatedRecord(Self.records).encoded == (try foreign()))
    }

    @Test(arguments: [0, 1, 2, 200])
    func whatIsWrittenIsRead(count: Int) throws {
        let records = (0..<count).map { index in
            AggregatedRecord.UserRecord(
                partitionKey: "key-\(index % 7)",
                explicitHashKey: index % 3 == 0 ? HashKey(UInt128(index)) : nil,
                data: ByteBuffer(repeating: UInt8(index), count: index * 3)
            )
        }
        let data = AggregatedRecord(records).encoded
        // Without a message behind it the beginning is no aggregate, by the rule of the Kinesis Client Library.
        #expect(AggregatedRecord.isLikely(data) == (count > 0))
        #expect(try AggregatedRecord(decoding: data)?.records == (count > 0 ? records : nil))
    }

    @Test func otherDataIsNone() throws {
        for bytes in [[], [0x41], [0xF3, 0x89, 0x9A], [UInt8](repeating: 0, count: 100)] {
            let data = ByteBuffer(bytes: bytes)
            #expect(try AggregatedRecord(decoding: data) == nil)
        }
    }

    @Test func cutOffAnywhereItIsRefusedOrPlain() throws {
        let whole = try foreign()
        for length in 0..<whole.readableBytes {
            let data = try #require(whole.getSlice(at: whole.readerIndex, length: length))
            if length <= 20 {
                #expect(try AggregatedRecord(decoding: data) == nil)
            } else {
                #expect(throws: AggregationError.wrongChecksum) { try AggregatedRecord(decoding: data) }
            }
        }
    }

    /// Messages cut off, with the right checksum: what is read is a beginning of the records, or nothing.
    @Test func aMessageThatEndsEarlyIsRefused() throws {
        let message = AggregatedRecord(Self.records).message
        var refused = 0
        for length in 1..<message.readableBytes {
            let data = AggregatedRecord.data(try #require(message.getSlice(at: 0, length: length)))
            do {
                let records = try #require(try AggregatedRecord(decoding: data)).records
                #expect(Self.records.starts(with: records))
            } catch { refused += 1 }
        }
        #expect(refused > message.readableBytes * 3 / 4)
    }

    @Test func aByteThatWasChangedIsNoticed() throws {
        let whole = try foreign()
        for index in 4..<whole.readableBytes {
            var data = whole
            data.setInteger(try #require(data.getInteger(at: index, as: UInt8.self)) ^ 0x20, at: index)
            #expect(throws: AggregationError.wrongChecksum) { try AggregatedRecord(decoding: data) }
        }
    }

    @Test func recordsThatAreNotWholeAreRefused() throws {
        func check(_ build: (inout ByteBuffer) -> Void) {
            var message = ByteBuffer()
            build(&message)
            #expect(throws: AggregationError.invalid) { try AggregatedRecord(decoding: AggregatedRecord.data(message)) }
        }
        func entry(_ key: UInt64?, _ hashKey: UInt64? = nil, hasData: Bool = true) -> ByteBuffer {
            var entry = ByteBuffer()
            if let key { entry.writeProtobuf(1, integer: key) }
            if let hashKey { entry.writeProtobuf(2, integer: hashKey) }
            if hasData { entry.writeProtobuf(3, bytes: ByteBuffer(string: "data")) }
            return entry
        }
        let key = ByteBuffer(string: "key")
        check { $0.writeProtobuf(3, bytes: entry(0)) }
        for bad in [entry(1), entry(nil), entry(0, 0), entry(0, hasData: false), entry(.max)] {
            check { message in
                message.writeProtobuf(1, bytes: key)
                message.writeProtobuf(3, bytes: bad)
            }
        }
        // A key that is no text, and hash keys that are no numbers or too great.
        check { message in
            message.writeProtobuf(1, bytes: ByteBuffer(bytes: [0xC3, 0x28]))
            message.writeProtobuf(3, bytes: entry(0))
        }
        for text in ["", "x", "-1", "340282366920938463463374607431768211456"] {
            check { message in
                message.writeProtobuf(1, bytes: key)
                message.writeProtobuf(2, bytes: ByteBuffer(string: text))
                message.writeProtobuf(3, bytes: entry(0, 0))
            }
        }
    }

    @Test func unknownFieldsAndAnyOrderAreTaken() throws {
        var entry = ByteBuffer()
        entry.writeProtobuf(4, bytes: ByteBuffer(string: "tag"))
        entry.writeProtobuf(3, bytes: ByteBuffer(string: "data"))
        entry.writeProtobuf(1, integer: 0)
        var message = ByteBuffer()
        message.writeProtobuf(3, bytes: entry)
        message.writeProtobuf(9, integer: 1)
        message.writeProtobuf(1, integer: 7)
        message.writeProtobuf(1, bytes: ByteBuffer(string: "key"))
        let aggregate = try #require(try AggregatedRecord(decoding: AggregatedRecord.data(message)))
        #expect(aggregate.records == [.init(partitionKey: "key", data: ByteBuffer(string: "data"))])
    }
}
