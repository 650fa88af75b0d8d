import Foundation
import NIOCore
import Testing
import WeirConsumerFixtures
import WeirModel
import WeirWire

@testable import WeirConsumer

@Suite struct DeadLetterTests {
    private func letter(_ data: ByteBuffer) -> DeadLetter {
        DeadLetter(
            application: "arrivals",
            stream: "flights",
            record: ConsumerRecord(
                shardID: "shardId-000000000003",
                sequenceNumber: "496",
                partitionKey: "N123",
                data: data,
                approximateArrival: Timestamp(millisecondsSinceEpoch: 1_373_691_600_123)
            ),
            attempts: 5,
            firstError: "first \"quoted\"",
            lastError: "last",
            workerID: "w",
            failedAt: Timestamp(millisecondsSinceEpoch: 1_373_691_601_000)
        )
    }

    @Test func isAJSONObject() throws {
        let encoded = letter(ByteBuffer(string: "hello")).encoded
        let object = try JSONSerialization.jsonObject(with: Data(encoded.readableBytesView)) as? NSDictionary
        let expected: NSDictionary = [
            "application": "arrivals", "stream": "flights", "shardId": "shardId-000000000003",
            "sequenceNumber": "496", "partitionKey": "N123", "data": "aGVsbG8=",
            "approximateArrivalTimestamp": "2013-07-13T05:00:00.123Z", "attempts": 5,
            "firstError": "first \"quoted\"", "lastError": "last", "worker": "w",
            "failedAt": "2013-07-13T05:00:01.000Z",
        ]
        #expect(object == expected)
    }

    @Test func survivesItsEncoding() throws {
        var letter = letter(ByteBuffer(bytes: (0...255).map { UInt8($0) }))
        #expect(try DeadLetter(decoding: letter.encoded) == letter)
        letter.subSequenceNumber = 4
        letter.approximateArrival = nil
        letter.part = .init(number: 1, count: 2)
        #expect(try DeadLetter(decoding: letter.encoded) == letter)
    }

    @Test(arguments: ["", "[]", "{}", "not JSON", #"{"application": 1}"#]) func otherDataIsNone(text: String) {
        #expect(throws: ServiceError.self) { try DeadLetter(decoding: ByteBuffer(string: text)) }
    }

    @Test func aLetterOfTheLargestRecordFitsInParts() throws {
        var letter = letter(ByteBuffer(repeating: 0xFF, count: Limits.maximumRecordSizeInBytes - 4))
        let error = String(repeating: "\u{1}", count: 100_000)
        letter = DeadLetter(
            application: "arrivals",
            stream: "flights",
            record: ConsumerRecord(
                shardID: letter.shardID,
                sequenceNumber: letter.sequenceNumber,
                partitionKey: String(repeating: "𝄞", count: Limits.maximumPartitionKeyLength),
                data: letter.data
            ),
            attempts: 5,
            firstError: error,
            lastError: error,
            workerID: "w",
            failedAt: letter.failedAt
        )
        let parts = letter.parts
        #expect(parts.count == 2)
        for part in parts {
            let size = part.encoded.readableBytes + part.partitionKey.utf8.count
            #expect(size <= Limits.maximumRecordSizeInBytes)
        }
        var collector = DeadLetterCollector()
        for part in parts { collector.add(try DeadLetter(decoding: part.encoded)) }
        #expect(collector.letters == [letter])
    }

    @Test(arguments: [
        (Limits.maximumDeadLetterPartSizeInBytes, 1), (Limits.maximumDeadLetterPartSizeInBytes + 1, 2),
        (2 * Limits.maximumDeadLetterPartSizeInBytes, 2), (0, 1),
    ])
    func partsAreAsFewAsPossible(size: Int, count: Int) {
        let parts = letter(ByteBuffer(repeating: 1, count: size)).parts
        #expect(parts.count == count)
        #expect(parts.reduce(0) { $0 + $1.data.readableBytes } == size)
    }

    @Test func partsOfDifferentRecordsMayInterleave() throws {
        let size = Limits.maximumDeadLetterPartSizeInBytes + 10
        let first = letter(ByteBuffer(repeating: 1, count: size))
        var second = letter(ByteBuffer(repeating: 2, count: size))
        second.sequenceNumber = "497"
        var collector = DeadLetterCollector()
        for letter in [first.parts[0], second.parts[0], first.parts[1], second.parts[1]] { collector.add(letter) }
        #expect(collector.letters == [first, second])
    }

    @Test func aPartWithoutItsBeginningIsLeftOut() {
        let parts = letter(ByteBuffer(repeating: 1, count: Limits.maximumDeadLetterPartSizeInBytes + 1)).parts
        var collector = DeadLetterCollector()
        collector.add(parts[1])
        #expect(collector.letters == [])
    }

    @Test func theStreamIsCreatedWhenNeededAndListed() async throws {
        let kinesis = MemoryKinesis()
        let destination = DeadLetterStream(name: "letters", kinesis: kinesis)
        let reader = DeadLetterReader(streamName: "letters", kinesis: kinesis)
        let missing = await #expect(throws: ServiceError.self) { try await reader.list() }
        #expect(missing?.code == .resourceNotFound)
        let letter = letter(ByteBuffer(string: "x"))
        try await destination.put(letter)
        try await destination.put(letter)
        try kinesis.put("letters", key: "k", data: "something else")
        #expect(kinesis.shardIDs("letters").count == 1)
        #expect(try await reader.list() == [letter, letter])
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func timesAreWrittenInUTC(milliseconds: Int64, text: String) {
        #expect(Timestamp(millisecondsSinceEpoch: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(arguments: [
        "", "2000-01-01", "2000-13-01T00:00:00.000Z", "2000-01-01T24:00:00.000Z", "2000-01-01T00:00:00.000z",
    ])
    func otherTextIsNoTime(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }
}
