import ArgumentParser
import FoundationEssentials
import NIOCore
import Testing
import WeirConsumer
import WeirModel
import WeirWire

@testable import WeirCommands

@Suite struct QueueCommandTests {
    private static let record = VirtualDeadLetters.record("r1", handle: "h", key: "N151UW", data: "one two")

    @Test(
        arguments: [
            ("latest", .latest), ("TRIM_HORIZON", .trimHorizon), ("trim-horizon", .trimHorizon),
            ("1970-01-01T00:00:01Z", .atTimestamp(Timestamp(millisecondsSinceEpoch: 1_000))),
            ("1970-01-01T00:00:01.250Z", .atTimestamp(Timestamp(millisecondsSinceEpoch: 1_250))),
            ("1970-01-01T01:00:01+01:00", .atTimestamp(Timestamp(millisecondsSinceEpoch: 1_000))),
            ("1970-01-01T01:00:01.2509+01:00", .atTimestamp(Timestamp(millisecondsSinceEpoch: 1_250))),
            ("1970-01-01T00:00:01.5Z", .atTimestamp(Timestamp(millisecondsSinceEpoch: 1_500))),
            ("yesterday", nil), ("1970-01-01", nil), ("", nil), ("1970-02-30T00:00:00.000Z", nil),
        ] as [(String, QueueStart?)]
    )
    func aStartIsANameOrATime(text: String, start: QueueStart?) {
        #expect(QueueStart(argument: text) == start)
    }

    @Test func createTakesWhatTheServiceTakes() throws {
        let arguments = [
            "orders", "--stream", "events", "--from", "latest", "--visibility", "0", "--max-receives", "6",
        ]
        let command = try QueueCommand.Create.parse(arguments + ["--tag", "a=b=c", "--tag", "d="])
        #expect(command.wait)
        #expect(command.tag.map(\.key) == ["a", "d"])
        #expect(command.tag.map(\.value) == ["b=c", ""])
        #expect(
            command.settings.attributes
                == QueueAttributesShape(
                    visibilityTimeoutSeconds: 0,
                    deadLetterConfiguration: .init(targetType: "BUILT_IN", maxReceiveCount: 6)
                )
        )
        #expect(
            try QueueCommand.Create.parse(["orders", "--stream", "events", "--no-wait"]).settings.attributes == nil
        )
    }

    @Test func lettersAreTurnedOffByName() throws {
        let settings = try QueueCommand.Update.parse(["orders", "--no-dead-letters"]).settings
        #expect(settings.attributes == .init(deadLetterConfiguration: .init(targetType: "NONE")))
    }

    @Test(arguments: [
        ["create", "orders"], ["create", "orders", "--stream", "s", "--tag", "=b"],
        ["create", "orders", "--stream", "s", "--tag", "a=b", "--tag", "a=c"],
        ["create", "orders", "--stream", "s", "--from", "now"],
        ["update", "orders"], ["update", "orders", "--max-receives", "1", "--no-dead-letters"],
        ["deadletters", "show", "orders"], ["deadletters", "show", "orders", "id", "--all"],
        ["deadletters", "restore", "orders", "id", "--where", "key=a"],
        ["deadletters", "restore", "orders", "id", "--limit", "1"],
        ["deadletters", "list", "orders", "--limit", "0"], ["deadletters", "list", "orders", "--wait", "0"],
        ["deadletters", "list", "orders", "--wait", "21"], ["deadletters", "list", "orders", "--where", "size=1"],
        ["deadletters", "export", "orders"],
    ])
    func whatMakesNoSenseIsRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try QueueCommand.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        ("key=N151UW", true), ("key=N1", false), ("key!=N1", true), ("key~15", true), ("key~", true), ("key~x", false),
        ("data~e t", true), ("data~one two three", false), ("data=one two", true), ("id=r1", true), ("id!=r1", false),
        ("arrival=1970-01-01T00:00:01Z", true), ("arrival<1970-01-01T00:00:01Z", false),
        ("arrival<=1970-01-01T00:00:01.000Z", true), ("arrival>1970-01-01T00:00:00.999Z", true),
        ("arrival>=1970-01-01T02:00:01.001+02:00", false), ("arrival<1970-01-01T02:00:01.001+02:00", true),
        ("first-receive>=1970-01-01T00:00:02Z", true), ("first-receive!=1970-01-01T00:00:02Z", false),
        ("receives=7", true), ("receives>7", false), ("receives>=7", true), ("receives<8", true),
        ("receives!=7", false),
    ])
    func aConditionIsMetOrNot(text: String, isMet: Bool) throws {
        let condition = try #require(QueueRecordCondition(argument: text))
        #expect(condition.isMet(by: Self.record) == isMet)
    }

    @Test(arguments: ["", "key", "key<a", "size=1", "arrival~1", "arrival>noon", "receives=x", "receives~7", "=a"])
    func anotherConditionIsNone(text: String) {
        #expect(QueueRecordCondition(argument: text) == nil)
    }

    @Test func aRowShowsTheBeginningOfTheDataAndNoControlCharacters() {
        var record = Self.record
        record.partitionKey = "a\u{1B}[2J\nb"
        record.data = ByteBuffer(string: String(repeating: "é", count: 40))
        #expect(record.row[4] == #"a\u{1B}[2J\nb"#)
        #expect(record.row[5] == String(repeating: "é", count: 40))
        record.data.writeString("!")
        #expect(record.row[5] == String(repeating: "é", count: 40) + "…")
        record.data = ByteBuffer(bytes: [0xFF, 0x00])
        #expect(record.row[5] == "2 bytes that are no text")
        #expect(record.row[..<4] == ["r1", "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.000Z", "7"])
    }

    @Test func aLineOfAnExportIsADeadLetter() throws {
        let queue = QueueDescriptionShape(
            queueName: "orders",
            queueARN: "arn:aws:kinesis:us-east-1:000000000000:queue/x",
            queueStatus: "ACTIVE",
            queueCreationTimestamp: Timestamp(millisecondsSinceEpoch: 0),
            streamConfigurationList: [.init(streamARN: "arn:aws:kinesis:us-east-1:000000000000:stream/events")]
        )
        let time = Timestamp(millisecondsSinceEpoch: 3_000)
        let line = QueueDeadLetterLine(Self.record, of: .init(queue), at: time)
        let letter = try DeadLetter(decoding: line.encoded)
        #expect(letter.stream == "events")
        #expect(letter.application == "orders")
        #expect(letter.sequenceNumber == "r1")
        #expect(letter.partitionKey == "N151UW")
        #expect(letter.data == ByteBuffer(string: "one two"))
        #expect(letter.attempts == 7)
        #expect(letter.failedAt == time)
        #expect(try QueueDeadLetterLine(wire: line.encoded, format: .json) == line)
        #expect(line.firstReceive == "1970-01-01T00:00:02.000Z")
        var keyless = Self.record
        keyless.partitionKey = nil
        #expect(QueueDeadLetterLine(keyless, of: .init(queue), at: time).letter.partitionKey == "r1")
    }

    @Test func aTableThatIsPrintedInPartsKeepsItsColumns() {
        var table = TextTable(["A", "B"])
        table.add(["long", "x"])
        #expect(table.takeLines() == ["A     B", "long  x"])
        #expect(table.rowCount == 0)
        table.add(["s", "y"])
        table.add(["longer", "z"])
        #expect(table.takeLines() == ["s       y", "longer  z"])
    }

    @Test func anExportNeitherReplacesAFileNorMixesLines() throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let path = folder.path + "/letters"
        let first = try DeadLetterExport(path: path, mayAppend: false)
        try first.write([ByteBuffer(string: "one"), ByteBuffer(string: "two")])
        try first.sync()
        first.close()
        #expect(throws: CommandFailure.self) { try DeadLetterExport(path: path, mayAppend: false) }
        let second = try DeadLetterExport(path: path, mayAppend: true)
        try second.write([ByteBuffer(string: "three")])
        second.close()
        #expect(try folder.text(of: "letters") == "one\ntwo\nthree\n")
        // As a full disk leaves it.
        try folder.write("thr", to: "letters")
        let third = try DeadLetterExport(path: path, mayAppend: true)
        try third.write([ByteBuffer(string: "four")])
        third.close()
        #expect(try folder.text(of: "letters") == "thr\nfour\n")
    }
}

extension ScratchFolder {
    fileprivate func text(of name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }

    fileprivate func write(_ text: String, to name: String) throws {
        try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
    }
}
