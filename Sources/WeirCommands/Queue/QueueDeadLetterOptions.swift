import ArgumentParser
import UnixSignals
import WeirClient
import WeirModel
import WeirWire

/// How the dead letters of a queue are walked over.
struct QueueWalkOptions: ParsableArguments {
    @Option(help: "Seconds to wait for a further dead letter before it is the end: 1 to 20.")
    var wait = Limits.queueWaitSeconds.lowerBound

    func validate() throws {
        let seconds = Limits.queueWaitSeconds
        guard seconds.contains(wait) else {
            throw ValidationError("--wait is \(seconds.lowerBound) to \(seconds.upperBound) seconds")
        }
    }
}

/// Which dead letters of a queue are looked for, of all.
struct QueueDeadLetterFilter: ParsableArguments {
    @Option(name: .customLong("where"), help: QueueRecordCondition.help) var conditions: [QueueRecordCondition] = []
    @Option(help: "So many, at most.") var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    }

    var goal: DeadLetterWalkStateMachine.Goal {
        let conditions = conditions
        return .matching(maximumCount: limit ?? .max, isFiltered: !conditions.isEmpty) { record in
            conditions.allSatisfy { $0.isMet(by: record) }
        }
    }
}

/// The dead letters of a queue that a command deals with.
struct QueueDeadLetterSelection: ParsableArguments {
    @Argument(help: "The IDs of the records, as list prints them.") var records: [String] = []
    @Flag(help: "All dead letters.") var all = false
    @OptionGroup var filter: QueueDeadLetterFilter

    func validate() throws {
        guard all == records.isEmpty else { throw ValidationError("Name record IDs, or say --all") }
        guard all || (filter.conditions.isEmpty && filter.limit == nil) else {
            throw ValidationError("--where and --limit are of use with --all only")
        }
    }

    var goal: DeadLetterWalkStateMachine.Goal { all ? filter.goal : .records(Set(records)) }

    /// The selection in words.
    var description: String {
        guard all else { return Self.count(Set(records).count) }
        let scope = filter.limit.map { "up to \(Self.count($0))" } ?? "all dead letters"
        return filter.conditions.isEmpty ? scope : "\(scope) that meet the conditions"
    }

    /// So many dead letters, in words.
    static func count(_ number: Int) -> String { "\(number) dead letter\(number == 1 ? "" : "s")" }
}

extension QueueWalkOptions {
    /// Walks over the dead letters of a queue, until SIGINT or SIGTERM asks for an end.
    func run(
        _ queue: String,
        _ goal: DeadLetterWalkStateMachine.Goal,
        _ client: ClientOptions,
        _ body: ([QueueRecord], DeadLetterWalk) async throws -> Set<String>
    ) async throws -> DeadLetterWalk.Outcome {
        try await client.regional(toQueue: queue).withKinesis { kinesis in
            let arn = try await QueueLookup.arn(of: queue, kinesis: kinesis)
            let walk = DeadLetterWalk(arn: arn, kinesis: kinesis, waitSeconds: wait)
            return try await OneTimeFlag.whenInterrupted { interruption in
                await walk.run(goal, interruption: interruption) { records in try await body(records, walk) }
            }
        }
    }
}

extension DeadLetterWalk.Outcome {
    /// Prints what was done, then throws what went wrong, if anything. Where a deed is named, what was found was to be done with.
    func finish(_ queue: String, _ lines: [String], deed: String? = nil) throws {
        let printing = Result { for line in lines { try Console.standard.print(line) } }
        if leftCount > 0 {
            try Console.standardError.print(
                "\(QueueDeadLetterSelection.count(leftCount)) could not be given back, and may stay hidden for up to "
                    + "\(leftSeconds) s"
            )
        }
        // What went wrong before counts for more than a result that cannot be printed.
        if let failure { throw failure }
        try printing.get()
        guard !isInterrupted else { throw CommandFailure("interrupted before the end") }
        guard !machine.isFull else {
            throw CommandFailure(
                "\(queue) has more dead letters than can be held at once, which is \(DeadLetterWalkStateMachine.maximumHeldCount): use --limit"
            )
        }
        if let deed, machine.settledCount < machine.foundCount {
            let count = QueueDeadLetterSelection.count(machine.foundCount - machine.settledCount)
            throw CommandFailure("\(count) of \(queue) could not be \(deed)")
        }
        guard machine.missing.isEmpty else {
            throw CommandFailure(
                "\(queue) has no dead letter \(machine.missing.joined(separator: ", ")), or somebody else holds it"
            )
        }
        guard leftCount == 0 else { throw CommandFailure("not all dead letters could be given back") }
    }
}

extension OneTimeFlag {
    /// Gives the body a flag that is set when SIGINT or SIGTERM asks for an end.
    static func whenInterrupted<Result>(_ body: (OneTimeFlag) async throws -> sending Result) async throws
        -> sending Result
    {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let flag = OneTimeFlag()
        let watch = Task { for await _ in signals { flag.set() } }
        defer { watch.cancel() }
        return try await body(flag)
    }
}
