import ArgumentParser
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// `weir bench queue`: how fast a queue delivers records and takes their acknowledgements.
struct BenchQueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Receive records from a queue and acknowledge them.",
        discussion: """
            The records are put beforehand, and a queue of its own for each number of consumers delivers all of them. Each \
            consumer receives some and acknowledges them, one call after the other; the latency is that of both calls. \
            With --in-flight it does so several times at once, so that it has as many records as a consumer of another \
            broker may have unacknowledged. With --rate records are put meanwhile at fixed times, and delivery is \
            measured from when each was due to be put, and from the acknowledgement of its put. With --wake records are \
            put one by one to consumers that wait for them. The stream is on demand, as queues ask for. What comes first \
            warms up and is not counted.
            """
    )

    @Option(help: "Consumers of the queue; may be repeated.") var consumers: [Int] = [1, 8, 64]
    @Option(help: "Records of a receive, at most: 1 to 10.") var batch = 10
    @Option(help: "Records that a consumer has in flight, at most: a multiple of --batch (default: as --batch).")
    var inFlight: Int?
    @Option(help: "Records to put beforehand (default: 100,000).") var records: Int?
    @Option(help: "Records a second to put meanwhile.") var rate: Double?
    @Flag(help: "Put records one by one to consumers that wait (100 a second, unless --rate tells).") var wake = false
    @Option(help: "Seconds to put for, with --rate or --wake (default: 10).") var duration: Double?
    @Option(help: "Records of a put with --rate: 1 uses PutRecord, more PutRecords.") var putBatch = 1
    @Option(help: "Puts in flight, at most.") var connections = 8
    @OptionGroup var options: BenchOptions

    /// Records a second that are put meanwhile; nil when they are put beforehand.
    var putRate: Double? { rate ?? (wake ? 100 : nil) }

    /// How often a consumer receives and acknowledges at the same time.
    var chains: Int { (inFlight ?? batch) / batch }

    func validate() throws {
        let most = Limits.maximumQueueRecordCount
        guard consumers.allSatisfy({ $0 > 0 }), (1...most).contains(batch), (1...500).contains(putBatch),
            records ?? 1 > 0, rate ?? 1 > 0, duration ?? 1 > 0, connections > 0
        else { throw ValidationError("--batch is 1 to \(most), --put-batch 1 to 500, the others more than 0") }
        guard rate ?? 1 <= 1e9, duration ?? 1 <= 1e6, connections <= 1_000_000,
            consumers.allSatisfy({ $0 <= 1_000_000 })
        else {
            throw ValidationError(
                "--rate is at most 1000000000, --duration, --connections and --consumers at most 1000000"
            )
        }
        guard inFlight ?? batch >= batch, (inFlight ?? batch).isMultiple(of: batch) else {
            throw ValidationError("--in-flight is a multiple of --batch, which is \(batch)")
        }
        guard chains <= 1_000_000 / (consumers.max() ?? 1) else {
            throw ValidationError("--consumers with --in-flight make at most 1000000 calls at a time")
        }
        guard putRate == nil || records == nil else {
            throw ValidationError(
                "--records are put beforehand; with --rate or --wake --duration tells how many there are"
            )
        }
        guard putRate != nil || (duration == nil && putBatch == 1) else {
            throw ValidationError("--duration and --put-batch are of use with --rate or --wake only")
        }
        guard !wake || putBatch == 1 else { throw ValidationError("--wake puts records one by one") }
        guard putRate == nil || options.size >= BenchRecord.stampSize else {
            throw ValidationError(
                "with --rate or --wake --size is at least \(BenchRecord.stampSize): records carry the time"
            )
        }
    }

    func run() async throws {
        let all = connections + (consumers.max() ?? 0) * chains
        try await BenchTarget.withTarget(options, connections: all, isOnDemand: true) { target in
            var reports: [BenchReport] = []
            if putRate == nil { try await fill(target) }
            for count in consumers { reports.append(try await measure(count, target)) }
            try BenchReport.publish(reports, json: options.json)
        }
    }

    private var recordCount: Int { records ?? 100_000 }

    private func withQueue<Result>(
        on target: BenchTarget,
        from start: QueueStart,
        _ time: SystemTime,
        _ body: (BenchQueue) async throws -> Result
    ) async throws -> Result {
        try await BenchQueue.withQueue(on: target, from: start, batch: batch, chains: chains, time: time, body)
    }

    /// Puts the records beforehand, and lets a queue deliver some of them.
    private func fill(_ target: BenchTarget) async throws {
        let time = SystemTime()
        // As the last request is whole too, its records are no more than asked for.
        let size = [500, 250, 100, 50, 10, 5, 2].first { recordCount.isMultiple(of: $0) } ?? 1
        let load = PutLoad(target: target, size: options.size, batch: size, connections: connections, time: time)
        let filled = BenchProgress(isTold: false)
        _ = try await load.run(
            LoadSchedule(start: 0, rate: nil, maximumCount: recordCount / size, duration: nil),
            filled
        )
        guard filled.recordCount == recordCount else {
            throw CommandFailure("\(recordCount) records were to be put, and \(filled.recordCount) were")
        }
        try await withQueue(on: target, from: .trimHorizon, time) { queue in
            let count = max(1, recordCount / 10)
            _ = try await queue.drain(consumers: 8, count: count, progress: BenchProgress(isTold: false))
        }
    }

    private func measure(_ count: Int, _ target: BenchTarget) async throws -> BenchReport {
        let time = SystemTime()
        let position: QueueStart = putRate == nil ? .trimHorizon : .latest
        if putRate != nil {
            // On a queue of its own: receives that were given up at its end must not take records of the other.
            try await withQueue(on: target, from: position, time) { queue in
                try await warmUp(queue, consumers: count)
            }
        }
        return try await withQueue(on: target, from: position, time) { queue in
            let progress = BenchProgress(isTold: options.progress)
            let processes = target.serverProcessID.map { [$0] } ?? []
            let before = ProcessorUse.now(processIDs: processes)
            let outcome = try await progress.telling(time) {
                guard let rate = putRate else {
                    return try await queue.drain(consumers: count, count: recordCount, progress: progress)
                }
                return try await putMeanwhile(rate, seconds: duration ?? 10, queue, consumers: count, progress)
            }
            let after = ProcessorUse.now(processIDs: processes)
            return BenchReport(
                title: title(consumers: count),
                records: outcome.acknowledged,
                requests: outcome.calls.count,
                refused: progress.refused,
                inFlight: batch * chains,
                redelivered: outcome.redelivered,
                seconds: outcome.seconds,
                bytes: outcome.acknowledged * options.size,
                latency: outcome.calls.percentiles,
                delivery: outcome.delivery?.sincePut.percentiles,
                deliverySinceAcknowledgement: outcome.delivery?.sinceAcknowledgement?.percentiles,
                processorSeconds: before.flatMap { before in after.map { $0.ownSeconds(since: before) } },
                foreignShare: before.flatMap { before in after.map { $0.foreignShare(since: before) } }
            )
        }
    }

    /// A tenth of the time, not counted.
    private func warmUp(_ queue: BenchQueue, consumers: Int) async throws {
        let progress = BenchProgress(isTold: false)
        let seconds = (duration ?? 10) / 10
        _ = try await putMeanwhile(putRate ?? 100, seconds: seconds, queue, consumers: consumers, progress)
    }

    private func putMeanwhile(
        _ rate: Double,
        seconds: Double,
        _ queue: BenchQueue,
        consumers: Int,
        _ progress: BenchProgress
    ) async throws -> BenchQueue.Outcome {
        let acknowledgements = AcknowledgementTimes()
        let load = PutLoad(
            target: queue.target,
            size: options.size,
            batch: putBatch,
            connections: connections,
            time: queue.time,
            acknowledgements: acknowledgements
        )
        return try await queue.deliver(consumers: consumers, acknowledgements, progress) { put in
            let schedule = LoadSchedule(
                start: queue.time.monotonicNanoseconds,
                rate: rate / Double(putBatch),
                maximumCount: nil,
                duration: UInt64(seconds * 1e9)
            )
            return try await load.run(schedule, put)
        }
    }

    func title(consumers: Int) -> String {
        let pace =
            putRate.map { rate in
                (wake ? "woken by" : "beside") + " \(Int(rate)) records/s put"
                    + (putBatch > 1 ? " \(putBatch) at a time" : "")
            } ?? "\(recordCount) records put beforehand"
        let inFlight = chains > 1 ? " with \(batch * chains) records in flight" : ""
        return "queue \(options.size) bytes, up to \(batch) a receive, \(consumers) consumers\(inFlight), "
            + "\(options.shards) shards, \(pace)"
    }
}
