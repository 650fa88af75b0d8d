import ArgumentParser
import WeirClient
import WeirConsumer
import WeirModel

/// `weir deadletters`: what an application could not process.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters",
        abstract: "Look at the records that an application could not process, and deal with them.",
        subcommands: [List.self, Show.self, Redrive.self, Purge.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the dead letters of an application, oldest first.",
            discussion: """
                Those that were redriven or purged are not listed; those that have aged out of the dead letter stream are \
                gone.
                """
        )

        @OptionGroup var letters: DeadLetterOptions
        @Flag(help: "One JSON object a line, with the data, instead of a table.") var json = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let letters: [DeadLetter] = try await client.withKinesis { try await self.letters.all($0) }
            if json {
                for letter in letters { try Console.standard.print(letter.encoded) }
                return
            }
            var table = TextTable(["FAILED AT", "STREAM", "SHARD", "SEQUENCE NUMBER", "KEY", "TRIES", "REASON"])
            for letter in letters {
                table.add([
                    letter.failedAt.iso8601, letter.stream, letter.shardID, letter.number,
                    letter.partitionKey, "\(letter.attempts)", letter.lastError,
                ])
            }
            for line in table.lines { try Console.standard.print(line) }
            try Console.standard.print("\(letters.count) dead letters in \(self.letters.streamName)")
        }
    }
}
