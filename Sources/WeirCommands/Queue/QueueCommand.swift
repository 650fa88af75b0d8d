import ArgumentParser
import WeirClient
import WeirConsumer
import WeirModel
import WeirWire

/// `weir queue`: the life of queues.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract:
            "Create, list, describe, update, delete and consume queues on streams, and deal with their dead letters.",
        discussion: "A queue is named by its name, which is unique in the account and region, or by its ARN.",
        subcommands: [
            Create.self, List.self, Describe.self, Update.self, Delete.self, QueueConsumeCommand.self,
            QueueDeadLettersCommand.self,
        ]
    )
}

extension QueueCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the queues.")

        @Option(help: "Only the queues of this stream, by its name or ARN.") var stream: String?
        @Flag(help: "One JSON object a line instead of a table.") var json = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let queues: [QueueSummary] = try await client.regional(to: stream).withKinesis { kinesis in
                var arn: String?
                if let stream { arn = try await QueueLookup.streamARN(of: stream, kinesis: kinesis) }
                return try await QueueLookup.all(ofStream: arn, kinesis: kinesis)
            }
            if json {
                for queue in queues { try Console.standard.print(queue.line) }
                return
            }
            var table = TextTable(["NAME", "STATUS", "STREAM", "CREATED AT", "ARN"])
            for queue in queues {
                table.add([
                    queue.queueName, queue.queueStatus,
                    queue.streams.map { QueueLookup.shortName($0.streamARN) }.joined(separator: "+"),
                    queue.queueCreationTimestamp.iso8601, queue.queueARN,
                ])
            }
            for line in table.lines { try Console.standard.print(line) }
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a queue and how it delivers.")

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @Flag(help: "A JSON object on one line instead.") var json = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let found = try await client.regional(toQueue: queue).withKinesis { kinesis in
                try await kinesis.describeQueue(arn: QueueLookup.arn(of: queue, kinesis: kinesis))
            }
            if json { return try Console.standard.print(found.line) }
            for line in found.lines { try Console.standard.print(line) }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a queue and what it remembers, its dead letters too, and wait until it is gone.",
            discussion: "The records stay in the stream."
        )

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @Flag(inversion: .prefixedNo, help: "Wait until it is gone.") var wait = true
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.regional(toQueue: queue).withKinesis { kinesis in
                let arn = try await QueueLookup.arn(of: queue, kinesis: kinesis)
                try await kinesis.deleteQueue(arn: arn)
                if wait { try await QueueReadiness.waitForEnd(of: arn, kinesis: kinesis) }
                try Console.standard.print("deleted \(queue)")
            }
        }
    }
}

extension QueueSummary {
    /// The queue as a line of JSON, with the members of the API.
    var line: String { JSONLine(value: self).text }
}

extension QueueDescriptionShape {
    /// The queue as a line of JSON, with the members of the API.
    var line: String { JSONLine(value: self).text }

    /// The queue as lines for people.
    var lines: [String] {
        var table = TextTable(["name", queueName])
        table.add(["status", queueStatus])
        table.add(["ARN", queueARN])
        table.add(["created at", queueCreationTimestamp.iso8601])
        for stream in streamConfigurationList {
            table.add(["stream", stream.streamARN ?? ""])
            let start = stream.startingPosition
            let time = start?.timestamp.map { " (\($0.iso8601))" } ?? ""
            table.add(["begins at", (start?.type ?? "LATEST") + time])
        }
        if let seconds = queueAttributes?.visibilityTimeoutSeconds { table.add(["visibility", "\(seconds) s"]) }
        if let letters = queueAttributes?.deadLetterConfiguration {
            table.add(["dead letters", letters.maxReceiveCount.map { "after \($0) receives" } ?? "none"])
        }
        return table.lines
    }
}
