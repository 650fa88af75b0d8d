import NIOCore
import Testing
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

@Suite struct ReadPositionTests {
    private static let lowerHalf = HashKeyRange.uniform(count: 2)[0]

    private func plain(_ number: Int) -> Record {
        Record(sequenceNumber: "\(number)", data: ByteBuffer(string: "\(number)"), partitionKey: "key")
    }

    /// An aggregate of so many user records, of which some belong to the upper half of the hash keys.
    private func aggregate(_ number: Int, _ count: Int, strays: Set<Int> = []) -> Record {
        let records = (0..<count).map { index in
            AggregatedRecord.UserRecord(
                partitionKey: "key-\(index)",
                explicitHashKey: strays.contains(index) ? .maximum : .minimum,
                data: ByteBuffer(string: "\(number)/\(index)")
            )
        }
        return Record(sequenceNumber: "\(number)", data: AggregatedRecord(records).encoded, partitionKey: "a")
    }

    private func position(
        _ checkpoint: LeaseCheckpoint,
        _ deaggregation: Deaggregation = .servedByShard,
        range: HashKeyRange? = lowerHalf
    ) -> ReadPosition {
        ReadPosition(
            lease: Lease(key: "shardId-000000000000", checkpoint: checkpoint, hashKeyRange: range),
            deaggregation: deaggregation
        )
    }

    private func texts(_ passage: ReadPosition.Passage) -> [String] { passage.records.map { String(buffer: $0.data) } }

    @Test func userRecordsTakeThePlaceOfTheirAggregate() throws {
        var position = position(.trimHorizon)
        let passage = position.pass([plain(9), aggregate(10, 3), plain(11)])
        #expect(texts(passage) == ["9", "10/0", "10/1", "10/2", "11"])
        #expect(passage.records.map(\.subSequenceNumber) == [0, 0, 1, 2, 0])
        #expect(passage.records.map(\.sequenceNumber) == ["9", "10", "10", "10", "11"])
        #expect(passage.records.map(\.partitionKey) == ["key", "key-0", "key-1", "key-2", "key"])
        #expect(passage.records.map(\.explicitHashKey) == [nil, "0", "0", "0", nil])
        #expect(!passage.hasExpiredPosition)
    }

    @Test func readingGoesOnWithinAnAggregate() {
        for done in 0..<4 {
            var position = position(.sequenceNumber("10", subSequenceNumber: Int64(done)))
            let passage = position.pass([plain(9), aggregate(10, 4), plain(11)])
            #expect(texts(passage) == (done + 1..<4).map { "10/\($0)" } + ["11"])
        }
    }

    @Test func whatWasFetchedOnceIsNotHandedOnAgain() {
        var position = position(.sequenceNumber("9"))
        #expect(texts(position.pass([plain(9), aggregate(10, 2)])) == ["10/0", "10/1"])
        #expect(position.checkpoint == .sequenceNumber("10", subSequenceNumber: .max))
        #expect(texts(position.pass([aggregate(10, 2), plain(11)])) == ["11"])
        #expect(texts(position.pass([])) == [])
    }

    @Test func userRecordsOfOtherShardsAreLeftOutAndKeepTheirNumbers() {
        var position = position(.trimHorizon)
        let passage = position.pass([aggregate(10, 4, strays: [0, 2]), aggregate(11, 1, strays: [0]), plain(12)])
        #expect(texts(passage) == ["10/1", "10/3", "12"])
        #expect(passage.records.map(\.subSequenceNumber) == [1, 3, 0])
        #expect(passage.strayCount == 3)
    }

    @Test func straysBeforeTheCheckpointAreNotCountedAgain() {
        var position = position(.sequenceNumber("10", subSequenceNumber: 1))
        let passage = position.pass([aggregate(10, 4, strays: [0, 2])])
        #expect(texts(passage) == ["10/3"])
        #expect(passage.strayCount == 1)
    }

    @Test func withoutAHashRangeOrWithEverythingNothingIsLeftOut() {
        var unknown = position(.trimHorizon, range: nil)
        #expect(texts(unknown.pass([aggregate(10, 2, strays: [1])])) == ["10/0", "10/1"])
        var everything = position(.trimHorizon, .everything)
        #expect(texts(everything.pass([aggregate(10, 2, strays: [1])])) == ["10/0", "10/1"])
    }

    @Test func switchedOffAggregatesAreRecords() {
        var position = position(.trimHorizon, .off)
        let record = aggregate(10, 2)
        let passage = position.pass([record])
        #expect(passage.records.map(\.data) == [record.data])
        #expect(passage.records.map(\.partitionKey) == ["a"])
    }

    @Test func aMalformedAggregateIsHandedOnWholeAndReported() throws {
        var record = aggregate(10, 2)
        record.data.setInteger(UInt8(0), at: record.data.readableBytes - 1)
        var position = position(.trimHorizon)
        let passage = position.pass([record, plain(11)])
        #expect(passage.records.map(\.data) == [record.data, ByteBuffer(string: "11")])
        #expect(passage.malformed == ["10": .wrongChecksum])
        // After its checkpoint it is not handed on again.
        var later = self.position(.sequenceNumber("10"))
        #expect(texts(later.pass([record, plain(11)])) == ["11"])
    }

    @Test func aCheckpointThatAgedOutIsReportedOnce() {
        var position = position(.sequenceNumber("9", subSequenceNumber: 2))
        #expect(!position.pass([]).hasExpiredPosition)
        #expect(position.pass([plain(11)]).hasExpiredPosition)
        #expect(!position.pass([plain(12)]).hasExpiredPosition)
    }
}
