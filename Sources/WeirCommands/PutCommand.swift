import ArgumentParser
import NIOCore
import WeirModel
import WeirProducer
import WeirWire

/// `weir put`: one record a line.
struct PutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Put the lines of a file or of standard input into a stream, one record a line.",
        discussion: """
            Lines of one partition key keep their order. Without a partition key each line gets a random one.
            """
    )

    @Argument(help: "The name or the ARN of the stream.") var stream: String
    @Argument(help: "The file; '-' or none: standard input.") var file: String?
    @Option(help: "The partition key of all lines, or of those that lack --partition-key-member.")
    var partitionKey: String?
    @Option(help: "Lines are JSON objects, and this member (text or number) is the partition key.")
    var partitionKeyMember: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let count = try await client.regional(to: stream).withKinesis { kinesis in
            try await withProducer(stream: stream, client: kinesis, logger: client.logger("weir.put")) { producer in
                try await LineSequence.withLines(of: file, maximumLineLength: Limits.maximumRecordSizeInBytes) {
                    lines in
                    try await put(lines, producer)
                }
            }
        }
        try Console.standard.print("put \(count) records into \(stream)")
    }

    private func put(_ lines: LineSequence, _ producer: Producer) async throws -> Int {
        let chooser = PartitionKeyChooser(literal: partitionKey, member: partitionKeyMember)
        // The producer's memory bounds how many are on their way.
        let (acknowledgements, continuation) = AsyncStream<PendingPut>.makeStream()
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                // The first that fails ends the command, also while it waits for a line.
                for await pending in acknowledgements { _ = try await pending.receipt() }
                return nil
            }
            group.addTask {
                defer { continuation.finish() }
                var (count, lineNumber) = (0, 0)
                for try await line in lines {
                    try Task.checkCancellation()
                    lineNumber += 1
                    guard line.readableBytes > 0 else { continue }
                    let key = try chooser.key(of: line, lineNumber: lineNumber)
                    continuation.yield(try await producer.enqueue(line, partitionKey: key))
                    count += 1
                }
                return count
            }
            var count = 0
            while let result = try await group.next() { count = result ?? count }
            return count
        }
    }
}

/// Which partition key a line gets.
struct PartitionKeyChooser {
    var literal: String?
    var member: String?

    func key(of line: ByteBuffer, lineNumber: Int) throws(CommandFailure) -> String {
        guard let member else { return literal ?? String(UInt64.random(in: .min ... .max), radix: 36) }
        if let object = try? JSONObject(wire: line, format: .json) {
            switch object[member] {
            case .text(let text)? where !text.isEmpty: return text
            case .integer(let number)?: return String(number)
            default: break
            }
        }
        guard let literal else {
            throw CommandFailure(
                "line \(lineNumber) is no JSON object with a text or number '\(member)'; "
                    + "give --partition-key for such lines"
            )
        }
        return literal
    }
}
