import ArgumentParser
import NIOCore
import Testing
import WeirModel
import WeirProcess
import WeirWire

@testable import WeirCommands
@testable import WeirConsumer

@Suite struct QueueConsumeCommandTests {
    private func command(_ arguments: String...) throws -> QueueConsumeCommand {
        try QueueConsumeCommand.parse(["orders"] + arguments)
    }

    @Test func optionsBecomeSettings() throws {
        let plain = try command().settings
        #expect(plain == QueueConsumer.Configuration(queue: "orders"))
        let set = try command(
            "--concurrency",
            "20",
            "--visibility",
            "60",
            "--execute",
            "true",
            "--execute-timeout",
            "7"
        ).settings
        #expect(set.concurrency == 20 && set.visibilityTimeout == .seconds(60) && set.handlerTimeout == .seconds(7))
        // No more than are wanted are handled at a time, or looked at.
        #expect(try command("--limit", "3").settings.concurrency == 3)
        #expect(try command("--limit", "30").settings.concurrency == 10)
        #expect(try command("--limit", "30", "--no-acknowledge").settings.concurrency == 30)
        #expect(try command("--no-acknowledge").settings.concurrency == 1000)
    }

    @Test(arguments: [
        ["--concurrency", "0"], ["--concurrency", "10001"], ["--visibility", "0"],
        ["--visibility", "43201"], ["--limit", "0"], ["--until-idle", "0"], ["--execute-timeout", "1"],
        ["--execute", "true", "--execute-timeout", "0"], ["--no-acknowledge", "--execute", "true"],
        ["--no-acknowledge", "--limit", "10001"],
    ])
    func optionsOutOfRangeAreRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try QueueConsumeCommand.parse(["orders"] + arguments) }
    }

    @Test(arguments: [
        ["--concurrency", "1"], ["--concurrency", "10000"], ["--visibility", "1"],
        ["--visibility", "43200"], ["--no-acknowledge", "--limit", "10000"],
    ])
    func optionsAtTheirBoundsAreTaken(_ arguments: [String]) throws {
        _ = try QueueConsumeCommand.parse(["orders"] + arguments)
    }

    /// A command that does not heed SIGTERM is killed, and its record returned, well before the consumer gives up.
    @Test func aCommandIsKilledBeforeTheConsumerGivesUp() {
        #expect(ChildProcess.killTime * 2 <= .nanoseconds(QueueConsumerStateMachine.lastCallsTime))
    }

    @Test func aLineTellsWhatTheQueueKnows() {
        func text(_ line: QueueRecordLine) -> String {
            var body = ByteBuffer()
            line.write(to: &body, format: .json)
            return String(buffer: body)
        }
        let record = ReceivedRecord(
            recordID: "7",
            partitionKey: "key",
            data: ByteBuffer(string: "x"),
            approximateArrival: Timestamp(millisecondsSinceEpoch: 1500),
            firstReceived: Timestamp(millisecondsSinceEpoch: 2500),
            receiveCount: 3
        )
        #expect(
            text(QueueRecordLine(record)) == """
                {"RecordId":"7","PartitionKey":"key","ApproximateArrivalTimestamp":1.5,\
                "FirstReceiveTimestamp":2.5,"ReceiveCount":3,"Data":"x"}
                """
        )
        let part = AggregatedRecord.UserRecord(partitionKey: "part", data: ByteBuffer(bytes: [0xFF]))
        #expect(
            text(QueueRecordLine(record, part, place: 2)) == """
                {"RecordId":"7","SubSequenceNumber":2,"PartitionKey":"part","ApproximateArrivalTimestamp":1.5,\
                "FirstReceiveTimestamp":2.5,"ReceiveCount":3,"DataBase64":"/w=="}
                """
        )
    }
}
