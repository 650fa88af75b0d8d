import NIOCore
import Testing
import WeirModel

@testable import WeirStore

@Suite struct RecordPayloadTests {
    private func payloads(of records: [NewRecord]) -> [ByteBuffer] {
        var prefixes = RecordPayload.prefixes(of: records)
        return records.map { record in
            var payload = prefixes.readSlice(length: RecordPayload.prefixSize(of: record)) ?? ByteBuffer()
            payload.writeImmutableBuffer(record.data)
            return payload
        }
    }

    @Test func recordsComeBack() throws {
        let texts = [("N14228", "one"), ("é\u{301}日本", ""), (String(repeating: "😀", count: 256), "three")]
        let payloads = payloads(
            of: texts.map { NewRecord(shard: ShardID(0), partitionKey: $0.0, data: ByteBuffer(string: $0.1)) }
        )
        #expect(payloads.count == 3)
        for (payload, text) in zip(payloads, texts) {
            let (key, data) = try #require(RecordPayload.decode(payload))
            #expect(Array(key.utf8) == Array(text.0.utf8))
            #expect(String(buffer: data) == text.1)
        }
    }

    @Test func theBytesAreAsWrittenDown() {
        let record = NewRecord(shard: ShardID(3), partitionKey: "ab", data: ByteBuffer(bytes: [9, 8]))
        #expect(payloads(of: [record]).map { Array($0.readableBytesView) } == [[1, 0, 2, 0x61, 0x62, 9, 8]])
    }

    @Test(arguments: [[], [1], [1, 0], [2, 0, 1, 0x61], [1, 0, 2, 0x61]] as [[UInt8]])
    func otherBytesAreNone(bytes: [UInt8]) {
        #expect(RecordPayload.decode(ByteBuffer(bytes: bytes)) == nil)
    }
}
