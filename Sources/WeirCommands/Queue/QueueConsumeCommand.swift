import ArgumentParser
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import WeirClient
import WeirConsumer
import WeirModel
import WeirRuntime
import WeirWire

/// `weir queue consume`: a consumer of a queue, for programs in any language.
struct QueueConsumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume",
        abstract: "Print each record of a queue, or execute a command for it, and acknowledge it.",
        discussion: """
            Any number of consumers share a queue. A record is acknowledged when its line was written, or its command has \
            ended with status 0; its time is extended meanwhile. SIGTERM or Ctrl-C finishes the records in hand and returns \
            the others.

            With --execute a shell command gets the data as its standard input, and WEIR_QUEUE_NAME, WEIR_RECORD_ID, \
            WEIR_SUB_SEQUENCE_NUMBER, WEIR_PARTITION_KEY and WEIR_RECEIVE_COUNT in its environment. Any exit status but 0: the \
            record comes again after a pause, to any consumer, until the queue makes it a dead letter.

            With --no-acknowledge records are printed and held, and returned at the end: they were received once more then.
            """
    )

    @Argument(help: "The name or the ARN of the queue.") var queue: String
    @Option(help: "How many records are handled at a time: 1 to 10000.") var concurrency = 10
    @Option(help: "Seconds after which the records of a consumer that died come again: 1 to 43200.")
    var visibility = Limits.defaultVisibilityTimeoutSeconds
    @Option(help: "A shell command to execute for each record.") var execute: String?
    @Option(help: "Seconds that the command may take for a record (default: no limit).") var executeTimeout: Int?
    @Option(help: "Stop after so many records.") var limit: Int?
    @Option(help: "Stop when no record has come for so many seconds.") var untilIdle: Int?
    @Option(help: "How records are printed: data or json.") var format: RecordFormat = .data
    @Flag(help: "Take records that a producer packed together as they are, not the user records in them.")
    var raw = false
    @Flag(help: "Print records without acknowledging them, and return them at the end: up to --limit (default: 1000).")
    var noAcknowledge = false
    @OptionGroup var client: ClientOptions

    /// Records that are looked at when nobody says how many.
    private static let defaultLookLimit = 1000

    func validate() throws {
        guard (1...Limits.maximumQueueConcurrency).contains(concurrency) else {
            throw ValidationError("--concurrency must be between 1 and \(Limits.maximumQueueConcurrency)")
        }
        guard (1...Limits.visibilityTimeoutSeconds.upperBound).contains(visibility) else {
            throw ValidationError(
                "--visibility must be between 1 and \(Limits.visibilityTimeoutSeconds.upperBound)"
            )
        }
        guard !noAcknowledge || execute == nil else {
            throw ValidationError("--no-acknowledge and --execute exclude each other")
        }
        guard executeTimeout == nil || execute != nil else {
            throw ValidationError("--execute-timeout is of use with --execute only")
        }
        for (name, value) in [("limit", limit), ("until-idle", untilIdle), ("execute-timeout", executeTimeout)] {
            if let value, value < 1 { throw ValidationError("--\(name) must be at least 1") }
            if let value, name != "limit", value > Self.maximumSeconds {
                throw ValidationError("--\(name) must be at most \(Self.maximumSeconds)")
            }
        }
        if noAcknowledge, let limit, limit > Limits.maximumQueueConcurrency {
            throw ValidationError("--limit must be at most \(Limits.maximumQueueConcurrency) with --no-acknowledge")
        }
    }

    /// A year.
    private static let maximumSeconds = 366 * 86_400

    /// The settings of the consumer.
    var settings: QueueConsumer.Configuration {
        var settings = QueueConsumer.Configuration(queue: queue)
        // Only an answer without records tells that there are none.
        if let untilIdle { settings.longestWait = min(settings.longestWait, .seconds(untilIdle)) }
        settings.concurrency = concurrency
        settings.visibilityTimeout = .seconds(visibility)
        settings.handlerTimeout = executeTimeout.map { .seconds($0) }
        if noAcknowledge {
            // Each record that is looked at takes the place of one that is handled.
            settings.concurrency = limit ?? Self.defaultLookLimit
        } else if let limit {
            settings.concurrency = min(concurrency, limit)
        }
        return settings
    }

    func run() async throws {
        let end = ConsumeEnd()
        let idle = QueueIdleWatch()
        let handler = QueueCommandHandler(
            queue: queue,
            execute: execute,
            isRaw: raw,
            acknowledges: !noAcknowledge,
            printer: RecordPrinter(format: format, limit: nil),
            limit: limit ?? (noAcknowledge ? Self.defaultLookLimit : .max),
            end: end,
            idle: idle
        )
        let logger = client.logger("weir.queue.consume")
        try await client.regional(toQueue: queue).withKinesis { kinesis in
            let consumer = QueueConsumer(
                configuration: settings,
                kinesis: kinesis,
                processor: handler,
                onEvent: { idle.note($0) },
                logger: logger
            )
            let seconds = untilIdle
            try await CommandServices.run(
                [consumer],
                until: {
                    guard let seconds else { return await end.wait(forIdle: nil) }
                    await end.wait(forIdle: { try await idle.wait(seconds: seconds) })
                },
                logger: logger
            )
        }
        if let failure = end.failure { throw failure }
    }
}

/// Prints records, or executes a command for each.
final class QueueCommandHandler: QueueRecordProcessor {
    private let queue: String
    private let execute: String?
    private let isRaw: Bool
    private let acknowledges: Bool
    private let printer: RecordPrinter
    private let end: ConsumeEnd
    private let idle: QueueIdleWatch
    private let limit: Int
    private let state = Mutex((begun: 0, done: 0))

    init(
        queue: String,
        execute: String?,
        isRaw: Bool,
        acknowledges: Bool,
        printer: RecordPrinter,
        limit: Int,
        end: ConsumeEnd,
        idle: QueueIdleWatch
    ) {
        self.queue = queue
        self.execute = execute
        self.isRaw = isRaw
        self.acknowledges = acknowledges
        self.printer = printer
        self.limit = limit
        self.end = end
        self.idle = idle
    }

    func process(_ record: ReceivedRecord, _ context: QueueContext) async throws {
        let mayBegin = state.withLock { state in
            guard state.begun < limit else { return false }
            state.begun += 1
            return true
        }
        // What is beyond the limit is for others. Returned at once it would come again at once.
        guard mayBegin else { return try await hold() }
        do {
            idle.begin()
            defer { idle.end() }
            try await handle(record)
        } catch {
            // Another one may take its place.
            state.withLock { $0.begun -= 1 }
            throw error
        }
        let isLast = state.withLock { state in
            state.done += 1
            return state.done == limit
        }
        if isLast { end.finish() }
        if !acknowledges { try await hold() }
    }

    /// Holds a record until the shutdown, and returns it then.
    private func hold() async throws {
        try? await cancelWhenGracefulShutdown { try await SystemTime().sleep(for: .seconds(1 << 30)) }
        throw RetryLater(after: .zero)
    }

    private func handle(_ record: ReceivedRecord) async throws {
        for (line, data) in lines(record) {
            if let execute {
                try await RecordExecution(command: execute, queue: queue, record: line, data: data).run()
            } else {
                do {
                    _ = try printer.print(line, data: data)
                } catch {
                    end.fail(CommandFailure("cannot write to standard output: \(error)"))
                    // It is not bad: whoever runs the command again gets it.
                    try await hold()
                }
            }
        }
    }

    private func lines(_ record: ReceivedRecord) -> [(QueueRecordLine, ByteBuffer)] {
        guard !isRaw else { return [(QueueRecordLine(record), record.data)] }
        let parts = record.userRecords
        if parts.count == 1, parts[0].data == record.data { return [(QueueRecordLine(record), record.data)] }
        return parts.enumerated().map { place, part in (QueueRecordLine(record, part, place: place), part.data) }
    }
}
