import ArgumentParser
import WeirClient
import WeirConsumer
import WeirModel

/// `weir deadletters`: what an application could not process.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters",
        abstract: "Look at the records that an application could not process.",
        subcommands: [List.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the dead letters of an application, oldest first.",
            discussion: "Records that have aged out of the dead letter stream are gone."
        )

        @Option(help: "The application.") var application: String
        @Option(help: "The dead letter stream (default: APPLICATION-dead-letters).") var stream: String?
        @Flag(help: "One JSON object a line, with the data, instead of a table.") var json = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let isNamed = stream != nil
            let stream = stream ?? DeadLetterStream.defaultName(applicationName: application)
            let letters: [DeadLetter] = try await client.withKinesis { kinesis in
                try await self.letters(in: stream, isNamed: isNamed, kinesis)
            }
            if json {
                for letter in letters { try Console.standard.print(letter.encoded) }
                return
            }
            var table = TextTable(["FAILED AT", "STREAM", "SHARD", "SEQUENCE NUMBER", "KEY", "TRIES", "REASON"])
            for letter in letters {
                table.add([
                    letter.failedAt.iso8601, letter.stream, letter.shardID, letter.sequenceNumber,
                    letter.partitionKey, "\(letter.attempts)", letter.lastError,
                ])
            }
            for line in table.lines { try Console.standard.print(line) }
            try Console.standard.print("\(letters.count) dead letters in \(stream)")
        }

        private func letters(
            in stream: String,
            isNamed: Bool,
            _ kinesis: KinesisClient
        ) async throws(ServiceError) -> [DeadLetter] {
            do throws(ServiceError) {
                return try await DeadLetterReader(streamName: stream, kinesis: kinesis).list()
            } catch {
                // The stream of an application is made with its first dead letter.
                guard error.code == .resourceNotFound, !isNamed else { throw error }
                return []
            }
        }
    }
}
