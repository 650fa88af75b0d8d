import ArgumentParser
import NIOCore
import WeirConsumer

extension DeadLettersCommand {
    /// `weir deadletters show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print dead letters whole: why each failed, and its data.",
            discussion: "With --data only the data is printed, as it was put."
        )

        @OptionGroup var letters: DeadLetterOptions
        @OptionGroup var selection: DeadLetterSelection
        @Flag(help: "Only the data.") var data = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let chosen: [DeadLetter] = try await client.withKinesis { try await selection.letters(letters, $0) }
            for letter in chosen {
                if data {
                    try Console.standard.print(letter.data)
                    continue
                }
                for line in letter.lines { try Console.standard.print(line) }
            }
        }
    }

    /// `weir deadletters redrive`
    struct Redrive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the records of dead letters again, each with its key and data.",
            discussion: """
                All applications that read the stream get them. A letter whose record was put is not listed any more. If the \
                command fails in between, a record may be put again by the next one.
                """
        )

        @OptionGroup var letters: DeadLetterOptions
        @OptionGroup var selection: DeadLetterSelection
        @Option(help: "The stream to put to (default: the one that each record came from).") var to: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let count: Int = try await client.withKinesis { kinesis in
                let chosen = try await selection.letters(letters, kinesis)
                return try await DeadLetterStream(name: letters.streamName, kinesis: kinesis).redrive(chosen, to: to)
            }
            try Console.standard.print("put \(count) records again")
        }
    }

    /// `weir deadletters purge`
    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Note that dead letters are of no interest any more: they are not listed after that.",
            discussion: "Their data stays in the dead letter stream until it ages out, or the stream is deleted."
        )

        @OptionGroup var letters: DeadLetterOptions
        @OptionGroup var selection: DeadLetterSelection
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let count: Int = try await client.withKinesis { kinesis in
                let chosen = try await selection.letters(letters, kinesis)
                return try await DeadLetterStream(name: letters.streamName, kinesis: kinesis).purge(chosen)
            }
            try Console.standard.print("purged \(count) dead letters")
        }
    }
}

extension DeadLetter {
    /// The letter as lines for people.
    fileprivate var lines: [String] {
        var table = TextTable(["sequence number", number])
        table.add(["stream", stream])
        table.add(["shard", shardID])
        table.add(["partition key", partitionKey])
        if let explicitHashKey { table.add(["hash key", explicitHashKey]) }
        if let approximateArrival { table.add(["arrived at", approximateArrival.iso8601]) }
        table.add(["failed at", failedAt.iso8601])
        table.add(["application", application])
        table.add(["worker", workerID])
        table.add(["attempts", "\(attempts)"])
        table.add(["first error", firstError])
        table.add(["last error", lastError])
        let text = String(validating: data.readableBytesView, as: UTF8.self)
        table.add(["data", text ?? "\(data.readableBytes) bytes that are no text (see --data)"])
        return table.lines + [""]
    }
}
