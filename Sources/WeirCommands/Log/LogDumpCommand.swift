import ArgumentParser
import NIOCore
import WeirConsumer
import WeirLog
import WeirModel
import WeirStore

/// `weir log dump`: the records of a stream as they are on disk.
struct LogDumpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Print the records in the files of streams, in the order they were appended.",
        discussion: """
            One line a record: stream ID, index, shard, time of arrival, bytes, partition key, and the data with --data. \
            Indexes follow one another; a start that may have lost records which were acknowledged and not yet synced \
            skips 2^32 of them. \
            What is damaged is told on standard error and left out; exit status 1 then.
            """
    )

    @OptionGroup var selection: LogSelection
    @Option(help: "Records of this shard only, by its number.") var shard: UInt32?
    @Option(help: "Begin with the record of this index.") var from: UInt64 = 0
    @Option(help: "Records of each stream, at most.") var limit = Int.max
    @Flag(help: "Print the data too: as text where it is text, in hexadecimal where it is not.") var data = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        var damages: [LogDamage] = []
        for log in try selection.logs() {
            var printed = 0
            var failure: (any Error)?
            let reports = try LogInspector(directory: log.directory).inspect { entry in
                guard entry.index >= from, (shard ?? entry.lane) == entry.lane else { return true }
                do { try Console.standard.print(line(entry, stream: log.streamID)) } catch { failure = error }
                printed += 1
                return printed < limit && failure == nil
            }
            if let failure { throw failure }
            damages += reports.flatMap(\.damages)
        }
        guard damages.isEmpty else { throw CommandFailure(damages.map { "damaged: \($0)" }.joined(separator: "\n")) }
    }

    private func line(_ entry: LogEntry, stream: Int64) -> String {
        let time = Timestamp(millisecondsSinceEpoch: entry.timestamp).iso8601
        let start = "\(stream) \(entry.index) \(ShardID(entry.lane)) \(time)"
        guard let record = StoredRecordContent(entry.payload) else {
            return "\(start) \(entry.payload.readableBytes) bytes that are no plain record"
        }
        // A client chose the key: it must neither break the line nor speak to the terminal.
        let key = Self.text(ByteBuffer(string: record.partitionKey))
        let line = "\(start) \(record.data.readableBytes) \(key)"
        return data ? "\(line) \(Self.text(record.data))" : line
    }

    /// The data on one line: text, when it is UTF-8 without control characters, else hexadecimal.
    static func text(_ data: ByteBuffer) -> String {
        if let text = String(validating: data.readableBytesView, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        {
            return text
        }
        return data.readableBytesView.reduce(into: "0x") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
