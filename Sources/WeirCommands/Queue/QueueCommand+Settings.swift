import ArgumentParser
import WeirClient
import WeirConsumer
import WeirModel
import WeirWire

/// How a queue delivers, as it is said on the command line.
struct QueueSettingOptions: ParsableArguments {
    @Option(help: "Seconds for which a record that was received is hidden from others: 0 to 43200.")
    var visibility: Int?

    @Option(help: "So often a record is received before it is a dead letter: 1 to 1000.")
    var maxReceives: Int?

    @Flag(help: "No record becomes a dead letter: each comes again until it is acknowledged or ages out.")
    var noDeadLetters = false

    func validate() throws {
        guard !noDeadLetters || maxReceives == nil else {
            throw ValidationError("--max-receives and --no-dead-letters exclude each other")
        }
    }

    /// What was said; nil when nothing was.
    var attributes: QueueAttributesShape? {
        var letters: DeadLetterConfigurationShape?
        if noDeadLetters { letters = DeadLetterConfigurationShape(targetType: "NONE") }
        if let maxReceives {
            letters = DeadLetterConfigurationShape(targetType: "BUILT_IN", maxReceiveCount: maxReceives)
        }
        guard visibility != nil || letters != nil else { return nil }
        return QueueAttributesShape(visibilityTimeoutSeconds: visibility, deadLetterConfiguration: letters)
    }
}

extension QueueCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a queue on a stream and wait until it is active.",
            discussion: """
                The stream must be on demand ('weir stream create NAME --on-demand'), unless the server says otherwise. Without \
                --visibility it is 30 seconds, without --max-receives 6.
                """
        )

        @Argument(help: "The name of the queue.") var queue: String
        @Option(help: "The name or the ARN of the stream whose records it delivers.") var stream: String

        @Option(
            help: ArgumentHelp(
                "Where it begins: latest, trim-horizon, or a time such as 2026-11-01T00:00:00Z.",
                discussion: "Default: latest, the records that are put after it was created.",
                valueName: "position"
            )
        )
        var from: QueueStart?

        @OptionGroup var settings: QueueSettingOptions
        @Option(help: "A tag, as KEY=VALUE; may be given several times.") var tag: [TagArgument] = []
        @Flag(inversion: .prefixedNo, help: "Wait until it is active.") var wait = true
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard Set(tag.map(\.key)).count == tag.count else { throw ValidationError("A tag is given twice") }
        }

        func run() async throws {
            try await client.regional(to: stream).withKinesis { kinesis in
                let created = try await kinesis.createQueue(
                    queue,
                    streamARN: try await QueueLookup.streamARN(of: stream, kinesis: kinesis),
                    position: from.map(QueueStartingPositionShape.init),
                    attributes: settings.attributes,
                    tags: Dictionary(uniqueKeysWithValues: tag.map { ($0.key, $0.value) })
                )
                if wait { try await QueueReadiness.wait(for: created.queueARN, kinesis: kinesis) }
                try Console.standard.print("created \(queue): \(created.queueARN)")
            }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change how a queue delivers, and wait until it does.",
            discussion:
                "What is not said stays. Records that are in flight keep the visibility they were received with."
        )

        @Argument(help: "The name or the ARN of the queue.") var queue: String
        @OptionGroup var settings: QueueSettingOptions
        @Flag(inversion: .prefixedNo, help: "Wait until it is active again.") var wait = true
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard settings.attributes != nil else {
                throw ValidationError("Say --visibility, --max-receives or --no-dead-letters")
            }
        }

        func run() async throws {
            guard let attributes = settings.attributes else { return }
            try await client.regional(toQueue: queue).withKinesis { kinesis in
                let arn = try await QueueLookup.arn(of: queue, kinesis: kinesis)
                _ = try await kinesis.updateQueue(arn: arn, attributes: attributes)
                if wait { try await QueueReadiness.wait(for: arn, kinesis: kinesis) }
                try Console.standard.print("updated \(queue)")
            }
        }
    }
}

/// A tag on the command line.
struct TagArgument: ExpressibleByArgument, Hashable {
    var key: String
    var value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        key = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

extension QueueStart: ExpressibleByArgument {
    /// `latest`, `trim-horizon`, their names in the API, or a time.
    public init?(argument: String) {
        switch argument.lowercased() {
        case "latest": self = .latest
        case "trim-horizon", "trim_horizon": self = .trimHorizon
        default:
            guard let time = Timestamp(argument: argument) else { return nil }
            self = .atTimestamp(time)
        }
    }

    public static var defaultCompletionKind: CompletionKind { .list(["latest", "trim-horizon"]) }
}

extension Timestamp {
    /// A time on the command line, such as `2026-11-01T00:00:00Z` or `2026-11-01T12:30:00.123+01:00`, to the millisecond.
    init?(argument: String) {
        guard let time = Timestamp(iso8601Time: argument) else { return nil }
        self = time
    }
}

extension QueueStartingPositionShape {
    /// A start as CreateQueue takes it.
    fileprivate init(_ start: QueueStart) {
        var time: Timestamp?
        if case .atTimestamp(let begin) = start { time = begin }
        self.init(type: start.name, timestamp: time)
    }
}
