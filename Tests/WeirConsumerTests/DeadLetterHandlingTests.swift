import Foundation
import NIOCore
import Testing
import WeirConsumerFixtures
import WeirModel
import WeirRuntime
import WeirWire

@testable import WeirConsumer

/// What becomes of dead letters: put again, purged, written to files.
@Suite struct DeadLetterHandlingTests {
    private let kinesis = MemoryKinesis()

    private func letter(_ number: Int, _ subSequenceNumber: Int64 = 0, hashKey: String? = nil) -> DeadLetter {
        DeadLetter(
            application: "arrivals",
            stream: "flights",
            record: ConsumerRecord(
                shardID: "shardId-000000000000",
                sequenceNumber: "\(number)",
                subSequenceNumber: subSequenceNumber,
                partitionKey: "key-\(number)",
                explicitHashKey: hashKey,
                data: ByteBuffer(string: "\(number)/\(subSequenceNumber)")
            ),
            attempts: 5,
            firstError: "first",
            lastError: "last",
            workerID: "w",
            failedAt: Timestamp(millisecondsSinceEpoch: 1000)
        )
    }

    private var stream: DeadLetterStream { DeadLetterStream(name: "letters", kinesis: kinesis) }
    private var reader: DeadLetterReader { DeadLetterReader(streamName: "letters", kinesis: kinesis) }

    @Test func aRedrivenRecordIsPutAsItWasAndItsLetterGivenNoMore() async throws {
        kinesis.createStream("flights", shardCount: 2)
        let letters = [letter(1, hashKey: HashKey.maximum.description), letter(1, 1), letter(2)]
        for letter in letters { try await stream.put(letter) }
        // A letter may come twice: its record is put once.
        try await stream.put(letters[0])
        #expect(try await reader.list() == letters + [letters[0]])
        let first = try await reader.list().filter { $0.sequenceNumber == "1" }
        #expect(try await stream.redrive(first) == 2)
        #expect(try await reader.list() == [letters[2]])
        let records = kinesis.records("flights")
        #expect(Set(records.map { String(buffer: $0.data) }) == ["1/0", "1/1"])
        #expect(records.map(\.partitionKey) == ["key-1", "key-1"])
        // The hash key that its producer named leads it.
        #expect(kinesis.records("flights", shard: ShardID(1).description).contains { $0.data == letters[0].data })
        #expect(try await stream.redrive([letters[2]], to: "letters") == 1)
        #expect(try await reader.list() == [])
    }

    @Test func whatCouldNotBePutStaysALetter() async throws {
        let letters = [letter(1), letter(2)]
        for letter in letters { try await stream.put(letter) }
        let error = await #expect(throws: ServiceError.self) { try await stream.redrive(letters) }
        #expect(error?.code == .resourceNotFound)
        #expect(try await reader.list() == letters)
    }

    @Test func purgedLettersAreGivenNoMoreUnlessTheyFailAgain() async throws {
        for number in 1...3 { try await stream.put(letter(number)) }
        #expect(try await stream.purge([letter(1), letter(3)]) == 2)
        #expect(try await reader.list() == [letter(2)])
        var again = letter(1)
        again.failedAt = Timestamp(millisecondsSinceEpoch: 2000)
        try await stream.put(again)
        #expect(try await reader.list() == [letter(2), again])
    }

    @Test func aReceiptSurvivesItsEncodingAndIsNoLetter() throws {
        for deed in [DeadLetterReceipt.Deed.redriven, .purged] {
            let receipt = DeadLetterReceipt(deed, letter(1, 4).id, at: Timestamp(millisecondsSinceEpoch: 5))
            var data = ByteBuffer()
            receipt.write(to: &data, format: .json)
            #expect(try DeadLetterReceipt(wire: data, format: .json) == receipt)
            #expect(throws: ServiceError.self) { try DeadLetter(decoding: data) }
        }
        #expect(throws: (any Error).self) { try DeadLetterReceipt(wire: letter(1).encoded, format: .json) }
    }

    // MARK: Files

    private func withPath(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.appending(path: "letters").path)
    }

    private func lines(_ path: String) throws -> [Substring] {
        try String(contentsOf: URL(filePath: path), encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
    }

    @Test func aFileHoldsALetterALine() async throws {
        try await withPath { path in
            let large = DeadLetter(
                application: "a",
                stream: "s",
                record: ConsumerRecord(
                    shardID: "",
                    sequenceNumber: "9",
                    partitionKey: "k",
                    data: ByteBuffer(repeating: 10, count: 1 << 20)
                ),
                attempts: 1,
                firstError: "a\nb",
                lastError: "",
                workerID: "w",
                failedAt: Timestamp(millisecondsSinceEpoch: 0)
            )
            let file = DeadLetterFile(path: path)
            try await file.put(letter(1))
            try await file.put(large)
            file.close()
            // Another life goes on at the end.
            try await DeadLetterFile(path: path).put(letter(2))
            let lines = try lines(path)
            #expect(lines.last == "")
            let letters = try lines.dropLast().map { try DeadLetter(decoding: ByteBuffer(substring: $0)) }
            #expect(letters == [letter(1), large, letter(2)])
        }
    }

    @Test func aLineThatWasCutOffStaysAlone() async throws {
        try await withPath { path in
            try Data("{\"applica".utf8).write(to: URL(filePath: path))
            try await DeadLetterFile(path: path).put(letter(1))
            #expect(try lines(path).map { $0.hasPrefix("{") } == [true, true, false])
            #expect(try DeadLetter(decoding: ByteBuffer(substring: try lines(path)[1])) == letter(1))
        }
    }

    @Test func twoDestinationsDoNotShareAFile() async throws {
        try await withPath { path in
            let first = DeadLetterFile(path: path)
            try await first.put(letter(1))
            let second = DeadLetterFile(path: path)
            await #expect(throws: DeadLetterFile.Busy(path: path)) { try await second.put(letter(2)) }
            try await first.put(letter(3))
            #expect(try lines(path).count == 3)
        }
    }

    @Test func aFileThatCannotBeMadeIsReported() async throws {
        try await withPath { path in
            await #expect(throws: FileError.self) {
                try await DeadLetterFile(path: path + "/absent/file").put(letter(1))
            }
        }
    }

    @Test func aWorkersPoisonGoesToTheFile() async throws {
        try await withPath { path in
            let harness = WorkerHarness(shards: 1)
            try harness.put(0..<20)
            let worker = harness.worker("a", deadLetters: DeadLetterFile(path: path)) { record, _ in
                if String(buffer: record.data) == "7" { throw RecordRejection("no") }
            }
            try await harness.run(worker) {
                try await eventually("the others") { harness.journal.entries.count == 19 }
            }
            let letters = try lines(path).dropLast().map { try DeadLetter(decoding: ByteBuffer(substring: $0)) }
            #expect(letters.map { String(buffer: $0.data) } == ["7"])
        }
    }
}
