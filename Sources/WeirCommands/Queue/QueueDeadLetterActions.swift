import ArgumentParser
import WeirClient
import WeirModel
import WeirWire

extension QueueDeadLettersCommand {
    /// `weir queue deadletters show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print dead letters whole: when they came, how often they were received, and their data.",
            discussion: "With --data only the data is printed, as it was put."
        )

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @OptionGroup var selection: QueueDeadLetterSelection
        @Flag(help: "Only the data.") var data = false
        @OptionGroup var walk: QueueWalkOptions
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let outcome = try await walk.run(queue, selection.goal, client) { records, _ in
                for record in records {
                    if data {
                        try Console.standard.print(record.data)
                        continue
                    }
                    for line in record.lines { try Console.standard.print(line) }
                }
                return []
            }
            try outcome.finish(queue, [])
        }
    }

    /// `weir queue deadletters restore`
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let dead letters be received from the queue as any other record again.",
            discussion: "Their receive count begins anew."
        )

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @OptionGroup var selection: QueueDeadLetterSelection
        @OptionGroup var walk: QueueWalkOptions
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let outcome = try await walk.run(queue, selection.goal, client) { records, walk in
                try await walk.restore(records).tell(of: records)
            }
            let machine = outcome.machine
            var lines = ["restored \(QueueDeadLetterSelection.count(machine.settledCount)) of \(queue)"]
            if machine.repeatedCount > 0 {
                lines.append("\(machine.repeatedCount) became dead letters again meanwhile, and stay so")
            }
            try outcome.finish(queue, lines, deed: "restored")
        }
    }

    /// `weir queue deadletters acknowledge`
    struct Acknowledge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take dead letters out of the queue for good.",
            discussion: "Their records stay in the stream until they age out. It asks first, unless --yes is given."
        )

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @OptionGroup var selection: QueueDeadLetterSelection
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var walk: QueueWalkOptions
        @OptionGroup var client: ClientOptions

        func run() async throws {
            if !yes {
                try Confirmation.ask(
                    "Take \(selection.description) out of \(queue) for good? [y/N] ",
                    orSay: "--yes"
                )
            }
            let outcome = try await walk.run(queue, selection.goal, client) { records, walk in
                try await walk.acknowledge(records).tell(of: records)
            }
            let count = QueueDeadLetterSelection.count(outcome.machine.settledCount)
            try outcome.finish(queue, ["acknowledged \(count) of \(queue)"], deed: "acknowledged")
        }
    }

    /// `weir queue deadletters export`
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write dead letters to a file, one JSON object a line.",
            discussion: """
                The lines are those of 'weir consume --dead-letter-file'. What is put line by line into the dead letter stream of \
                an application, APPLICATION-dead-letters, can be put again with 'weir deadletters redrive'.
                """
        )

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @Option(help: "The file, which must not be there.", completion: .file()) var to: String
        @Flag(help: "The file may be there: write at its end.") var append = false
        @Flag(help: "Take each out of the queue for good once it is on disk.") var acknowledge = false
        @OptionGroup var filter: QueueDeadLetterFilter
        @OptionGroup var walk: QueueWalkOptions
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try DeadLetterExport.check(path: to, mayAppend: append)
            var opened: DeadLetterExport?
            defer { opened?.close() }
            var source: QueueDeadLetterLine.Source?
            var written = 0
            var outcome = try await walk.run(queue, filter.goal, client) { records, walk in
                if source == nil { source = .init(try await walk.describe()) }
                guard let source else { return [] }
                // Not before the queue is known to be there: a file that was made in vain would be in the way of the next attempt.
                let file = try opened ?? DeadLetterExport(path: to, mayAppend: append)
                opened = file
                try file.write(records.map { QueueDeadLetterLine($0, of: source).encoded })
                written += records.count
                guard acknowledge else { return [] }
                try file.sync()
                return try await walk.acknowledge(records).tell(of: records)
            }
            do {
                // Without dead letters the file is empty, and there.
                if opened == nil, outcome.failure == nil { opened = try DeadLetterExport(path: to, mayAppend: append) }
                try opened?.sync()
            } catch { outcome.failure = outcome.failure ?? error }
            var lines = ["wrote \(QueueDeadLetterSelection.count(written)) of \(queue) to \(to)"]
            if acknowledge {
                lines.append("acknowledged \(QueueDeadLetterSelection.count(outcome.machine.settledCount))")
            }
            try outcome.finish(queue, lines, deed: acknowledge ? "acknowledged" : nil)
        }
    }
}

extension QueueEntriesOutput {
    /// Tells on standard error what failed, by the IDs of the records, and gives the deliveries for which it was done.
    fileprivate func tell(of records: [QueueRecord]) throws -> Set<String> {
        let ids = Dictionary(records.map { ($0.receiptHandle, $0.recordID) }) { first, _ in first }
        for entry in failed {
            let id = ids[entry.receiptHandle] ?? entry.receiptHandle
            try Console.standardError.print("\(id): \(entry.errorCode): \(entry.errorMessage ?? "")")
        }
        return Set(successful.map(\.receiptHandle))
    }
}
