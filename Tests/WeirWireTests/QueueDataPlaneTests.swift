import NIOCore
import Testing
import WeirModel

@testable import WeirWire

/// The messages about records of queues, which are read from and written to bytes directly.
@Suite struct QueueDataPlaneTests {
    private static let time = Timestamp(millisecondsSinceEpoch: 1_700_000_000_123)

    private func read<Message: WireMessage>(_ message: Message, _ format: WireFormat) throws -> Message {
        var body = ByteBuffer()
        message.write(to: &body, format: format)
        return try Message(wire: body, format: format)
    }

    /// What the type would write and read without its own code.
    private func encoded(_ message: some WireMessage & Encodable, _ format: WireFormat) -> ByteBuffer {
        var body = ByteBuffer()
        WireEncoder.value(message).write(to: &body, format: format)
        return body
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func whatIsWrittenDirectlyIsReadThroughCodableAndTheOtherWayRound(format: WireFormat) throws {
        for count in [0, 1, 10, 30] {
            let records = (0..<count).map { number in
                QueueRecord(
                    receiptHandle: "r\(number)",
                    recordID: "\(number)",
                    partitionKey: number.isMultiple(of: 2) ? nil : "key \u{1} \(number)",
                    data: ByteBuffer(repeating: UInt8(number), count: number * 100),
                    approximateArrivalTimestamp: Self.time,
                    firstReceiveTimestamp: Self.time,
                    receiveCount: number + 1
                )
            }
            let output = QueueReceiveOutput(queueRecords: records)
            #expect(try read(output, format) == output)
            #expect(try QueueReceiveOutput(wire: encoded(output, format), format: format) == output)
            var direct = ByteBuffer()
            output.write(to: &direct, format: format)
            #expect(
                try WireDecoder.decode(QueueReceiveOutput.self, from: WireValue(direct, format), format: format)
                    == output
            )
            let entries = QueueEntriesOutput(
                successful: (0..<count).map { .init(receiptHandle: "s\($0)") },
                failed: (0..<count).map {
                    .init(receiptHandle: "f\($0)", errorCode: "E", errorMessage: $0 == 0 ? nil : "m")
                }
            )
            #expect(try read(entries, format) == entries)
            #expect(try QueueEntriesOutput(wire: encoded(entries, format), format: format) == entries)
        }
        let receive = QueueReceiveInput(queueARN: "q", limit: 3, waitTimeSeconds: 4, visibilityTimeoutSeconds: 5)
        #expect(try read(receive, format) == receive)
        #expect(try QueueReceiveInput(wire: encoded(receive, format), format: format) == receive)
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func aRecordIDIsWrittenAsItsTextIs(format: WireFormat) {
        let number = SequenceNumber(streamEpoch: 1_700_000_000_000, shard: 7, index: 12_345)
        func body(_ record: QueueRecord) -> ByteBuffer {
            var body = ByteBuffer()
            QueueReceiveOutput(queueRecords: [record]).write(to: &body, format: format)
            return body
        }
        var given = QueueRecord(
            receiptHandle: "r",
            recordID: number,
            partitionKey: "p",
            data: ByteBuffer(string: "d"),
            approximateArrivalTimestamp: Self.time,
            firstReceiveTimestamp: Self.time,
            receiveCount: 1
        )
        var text = given
        text.recordID = number.description
        #expect(given == text && body(given) == body(text))
        given.recordID = "1"
        #expect(given != text && given.recordID == "1")
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func ofTooManyEntriesOneMoreThanTheLimitIsKept(format: WireFormat) throws {
        let limit = Limits.maximumQueueRecordCount
        for (count, kept) in [(limit, limit), (limit + 1, limit + 1), (limit * 100, limit + 1)] {
            let entries = (0..<count).map { QueueReceiptEntry(receiptHandle: "\($0)") }
            let input = try read(QueueReceiptsInput(queueARN: "q", entries: entries), format)
            #expect(input.entries == Array(entries.prefix(kept)) && input.queueARN == "q")
        }
        #expect(try read(QueueReceiptsInput(), format) == QueueReceiptsInput())
        let nothing = QueueReceiptsInput(entries: [.init()])
        #expect(try read(nothing, format) == nothing)
    }

    @Test(
        arguments: [
            (QueueReceiveOutput.self, "{}", "queueRecords"), (QueueEntriesOutput.self, #"{"Failed":[]}"#, "successful"),
            (QueueReceiveOutput.self, #"{"QueueRecords":[{"ReceiptHandle":"r"}]}"#, "queueRecords.1.member.recordId"),
            (QueueReceiveOutput.self, #"{"QueueRecords":[null]}"#, "queueRecords.1.member"),
            (QueueReceiptsInput.self, #"{"Entries":[{},null]}"#, "entries.2.member"),
            (
                QueueEntriesOutput.self, #"{"Successful":[],"Failed":[{"ReceiptHandle":"r"}]}"#,
                "failed.1.member.errorCode"
            ),
        ] as [(any WireMessage.Type, String, String)]
    )
    func aRequiredMemberThatIsAbsentIsNamed(type: any WireMessage.Type, body: String, path: String) {
        let error = #expect(throws: ServiceError.self) { _ = try type.init(json: body) }
        #expect(error?.message.contains("Value null at '\(path)'") == true)
    }
}
