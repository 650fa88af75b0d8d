import ArgumentParser
import Logging
import NIOCore
import Synchronization
import WeirClient
import WeirConsumer
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// `weir consume`: one worker of an application, for programs in any language.
struct ConsumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume",
        abstract: "Run a worker that prints each record, or executes a command for it.",
        discussion: """
            Workers of the same application share the stream's shards through a lease table, take over from one \
            another, and go on from their checkpoints. SIGTERM or Ctrl-C finishes the records in hand, checkpoints \
            and hands the shards over.

            Several streams are read as one application when several are named; all its workers name the same. Then the \
            lease table has the leases of all, and is another than that of one stream.

            With --execute a shell command gets the data as its standard input, and WEIR_STREAM_NAME, WEIR_SHARD_ID, \
            WEIR_SEQUENCE_NUMBER, WEIR_SUB_SEQUENCE_NUMBER and WEIR_PARTITION_KEY in its environment. Exit status 0: processed. 65: the record \
            is refused, and goes to the dead letter stream at once. Any other: tried again, then dead-lettered.

            With --prepare the lease says which record is at hand before its command is executed. When the worker dies, the next \
            one gives the command of that record WEIR_PREPARED_STATE: the name of the worker that began it, or what a worker of \
            the KCL has noted, in base64 if that is no text. Only such a record, or one whose command has failed before, may have \
            been processed already. What was refused or given up is passed with the next record that is processed; when the worker \
            ends before that, it is executed again.
            """
    )

    @Argument(help: "The names or the ARNs of the streams.") var streams: [String]
    @Option(help: "The application: its workers share the shards; also the name of the lease table.")
    var application: String
    @Option(help: "Where the application begins when it has no checkpoint yet: trim-horizon or latest.")
    var from: StartOption = .latest
    @Option(help: "The name of this worker (default: host, process and a random part).") var worker: String?
    @Option(help: "Milliseconds after which a silent worker's shards are taken over.") var failoverTime = 10_000
    @Flag(help: "Share the shards by the bytes that workers deliver, not by their number. Say so to all workers.")
    var byThroughput = false
    @Option(help: "A shell command to execute for each record.") var execute: String?
    @Flag(
        help:
            "Say in the lease which record is at hand before its command is executed (see above): two writes a record."
    )
    var prepare = false
    @Option(help: "How many times a record's command is tried.") var attempts = 3
    @Option(help: "A file for records that could not be processed, instead of the dead letter stream.")
    var deadLetterFile: String?
    @Option(help: "Stop when no record has come for so many seconds.") var untilIdle: Int?
    @Option(help: "How records are printed: data or json.") var format: RecordFormat = .data
    @Flag(help: "Take records that a producer packed together as they are, not the user records in them.")
    var raw = false
    @Flag(help: "Subscribe to shards by enhanced fan-out, instead of polling them.") var fanOut = false
    @Option(help: "The registered consumer for --fan-out; it is registered when there is none (default: APPLICATION).")
    var consumer: String?
    @Flag(help: "Use the lease table of an application of several streams, though only one is named.")
    var multiStream = false
    @OptionGroup var client: ClientOptions

    /// Whether the application is one of several streams.
    private var isMultiStream: Bool { multiStream || streams.count > 1 }

    func validate() throws {
        guard Set(streams.compactMap { StreamARN($0)?.region }).count < 2 else {
            throw ValidationError("The streams must be in one region")
        }
        guard failoverTime >= 300 else { throw ValidationError("--failover-time must be at least 300 ms") }
        guard attempts >= 1 else { throw ValidationError("--attempts must be at least 1") }
        guard !prepare || execute != nil else { throw ValidationError("--prepare is of use with --execute only") }
        guard consumer == nil || fanOut else { throw ValidationError("--consumer is of use with --fan-out only") }
        if let untilIdle, fanOut, untilIdle < 6 {
            // The service refuses a subscription for five seconds after the one before.
            throw ValidationError("--until-idle must be at least 6 with --fan-out")
        }
        if let untilIdle, untilIdle < 1 { throw ValidationError("--until-idle must be at least 1") }
    }

    /// What the options say of the worker.
    var workerConfiguration: ConsumerWorker.Configuration {
        var configuration =
            isMultiStream
            ? ConsumerWorker.Configuration(
                applicationName: application,
                streams: .fixed(streams.map { ConsumedStream($0) })
            )
            : ConsumerWorker.Configuration(applicationName: application, streamName: streams[0])
        if let worker { configuration.workerID = worker }
        configuration.failoverTime = .milliseconds(failoverTime)
        configuration.initialPosition = from == .latest ? .latest : .trimHorizon
        configuration.balance = byThroughput ? .throughput : .count
        if fanOut { configuration.retrieval = .fanOut(consumerName: consumer) }
        if raw { configuration.deaggregation = .off }
        // An automatic checkpoint would pass what is prepared.
        if prepare { configuration.checkpoints = .manual }
        configuration.failurePolicy.maximumAttempts = attempts
        if execute == nil {
            // A record that could not be printed is not bad: whoever runs the worker again gets it.
            configuration.failurePolicy.maximumAttempts = 1
            configuration.failurePolicy.onFailure = .stop
        }
        return configuration
    }

    func run() async throws {
        let settled = workerConfiguration
        let logger = client.logger("weir.consume")
        let end = ConsumeEnd()
        let printer = RecordPrinter(format: format, limit: nil)
        try await client.regional(to: streams.first { StreamARN($0) != nil }).withServices { kinesis, dynamoDB in
            let idle = IdleWatch(
                workerID: settled.workerID,
                leaseTableName: settled.leaseTableName,
                streamNames: isMultiStream ? Set(streams.map { StreamARN($0)?.name ?? $0 }) : nil,
                dynamoDB: dynamoDB,
                time: SystemTime()
            )
            let worker = ConsumerWorker(
                configuration: settled,
                kinesis: kinesis,
                leaseTable: dynamoDB,
                deadLetters: deadLetterFile.map { DeadLetterFile(path: $0) },
                handler: .records { record, shard in
                    idle.begin()
                    defer { idle.end() }
                    try await process(record, shard, printer, end)
                },
                onEvent: { idle.note($0) },
                logger: logger
            )
            let seconds = untilIdle
            try await CommandServices.run(
                [worker],
                until: { await end.wait(for: seconds, idle) },
                logger: logger
            )
        }
        if let failure = end.failure { throw failure }
    }

    private func process(
        _ record: ConsumerRecord,
        _ shard: ShardContext,
        _ printer: RecordPrinter,
        _ end: ConsumeEnd
    ) async throws {
        if let execute {
            let execution = RecordExecution(
                command: execute,
                streamName: shard.streamName,
                record: record,
                prepared: prepare ? shard.pendingCheckpoint : nil
            )
            guard prepare else { return try await execution.run() }
            let prepared = try await shard.prepareCheckpoint(at: record, state: ByteBuffer(string: shard.workerID))
            try await execution.run()
            return try await prepared.commit()
        }
        do {
            _ = try printer.print(
                RecordLine(record, streamName: isMultiStream ? shard.streamName : nil),
                data: record.data
            )
        } catch {
            end.fail(CommandFailure("cannot write to standard output: \(error)"))
            throw error
        }
    }
}
