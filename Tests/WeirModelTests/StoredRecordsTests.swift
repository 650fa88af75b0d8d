import NIOCore
import Testing
import WeirModel

@Suite struct StoredRecordsTests {
    private func record(_ number: Int, isEncrypted: Bool = false) -> StoredRecord {
        StoredRecord(
            sequenceNumber: SequenceNumber(streamEpoch: 1, shard: 2, index: UInt64(number)),
            partitionKey: "é\(number)",
            data: ByteBuffer(repeating: UInt8(number), count: number * 3),
            approximateArrival: Timestamp(millisecondsSinceEpoch: Int64(number)),
            isEncrypted: isEncrypted
        )
    }

    private func expect(_ records: StoredRecords, are expected: [StoredRecord]) {
        #expect(records.count == expected.count)
        for (record, expected) in zip(records, expected) {
            #expect(record.sequenceNumber == expected.sequenceNumber && record.partitionKey == expected.partitionKey)
            #expect(record.data == expected.data && record.approximateArrival == expected.approximateArrival)
            #expect(record.isEncrypted == expected.isEncrypted)
        }
        for (place, expected) in zip(records.places, expected) {
            let content = records.withContent(of: place) { (Array($0), Array($1)) }
            #expect(
                content.0 == Array(expected.partitionKey.utf8) && content.1 == Array(expected.data.readableBytesView)
            )
        }
    }

    @Test func recordsComeBack() {
        let given = (0..<5).map { record($0, isEncrypted: $0 == 3) }
        let records = StoredRecords(given)
        expect(records, are: given)
        expect(records.part(1..<4), are: Array(given[1..<4]))
        expect(records.part(2..<2), are: [])
        #expect(records.contentSize == 5 * 3 + 30)
    }

    /// The readable bytes of a buffer count, wherever they begin in its memory.
    @Test func recordsLieInSeveralBuffers() {
        var first = ByteBuffer(string: "skipped..ab123")
        first.moveReaderIndex(forwardBy: 9)
        var records = StoredRecords(in: [first])
        let second = records.add(ByteBuffer(string: "--c4"))
        let number = SequenceNumber(streamEpoch: 1, shard: 2, index: 3)
        let time = Timestamp(millisecondsSinceEpoch: 4)
        records.append(number, time, isEncrypted: false, in: 0, at: 0, partitionKeySize: 2, dataSize: 3)
        records.append(number, time, isEncrypted: true, in: second, at: 2, partitionKeySize: 1, dataSize: 1)
        #expect(records.map(\.partitionKey) == ["ab", "c"])
        #expect(records.map { String(buffer: $0.data) } == ["123", "4"])
        #expect(records.map(\.isEncrypted) == [false, true])
    }
}
