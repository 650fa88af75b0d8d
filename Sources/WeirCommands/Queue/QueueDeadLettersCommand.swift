import ArgumentParser
import WeirClient
import WeirConsumer
import WeirModel
import WeirWire

/// `weir queue deadletters`: what the consumers of a queue could not process.
struct QueueDeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters",
        abstract: "Look at the records that were received from a queue too often, and deal with them.",
        discussion: """
            The service has no call that lists dead letters. These commands receive them, which hides each from everybody else \
            while the command runs and counts as a receive, and give back what they did not deal with: at the end, when they \
            fail, and when they are interrupted. What somebody else holds at the time is not seen. See docs/QUEUE-COMMANDS.md.
            """,
        subcommands: [List.self, Show.self, Restore.self, Acknowledge.self, Export.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the dead letters of a queue, in the order in which it gives them."
        )

        /// Rows that are aligned together.
        private static let pageSize = 500

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @OptionGroup var filter: QueueDeadLetterFilter
        @Flag(help: "One JSON object a line, with the data, instead of a table: what export writes.") var json = false
        @OptionGroup var walk: QueueWalkOptions
        @OptionGroup var client: ClientOptions

        func run() async throws {
            var table = TextTable(["RECORD ID", "ARRIVED AT", "FIRST RECEIVED AT", "RECEIVES", "KEY", "DATA"])
            var source: QueueDeadLetterLine.Source?
            let outcome = try await walk.run(queue, filter.goal, client) { records, walk in
                if json {
                    if source == nil { source = .init(try await walk.describe()) }
                    guard let source else { return [] }
                    for record in records {
                        try Console.standard.print(QueueDeadLetterLine(record, of: source).encoded)
                    }
                    return []
                }
                for record in records { table.add(record.row) }
                if table.rowCount >= Self.pageSize {
                    for line in table.takeLines() { try Console.standard.print(line) }
                }
                return []
            }
            let count = QueueDeadLetterSelection.count(outcome.machine.foundCount)
            try outcome.finish(queue, json ? [] : table.takeLines() + ["\(count) of \(queue)"])
        }
    }
}
