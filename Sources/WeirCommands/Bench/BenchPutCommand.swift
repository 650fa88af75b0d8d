import ArgumentParser
import NIOCore
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// `weir bench put`: how fast an endpoint takes records, and delivers them.
struct BenchPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Put records, and measure how long acknowledgement and delivery take.",
        discussion: """
            With --rate requests are due at fixed times (open loop), and a late one counts from when it was due. Without it \
            each connection puts one request after the other (closed loop): the latencies are those of a server that is as \
            busy as the connections make it. Requests are sent once; refused records are counted. The first tenth warms up \
            and is not counted.
            """
    )

    @Option(help: "Records to put, unless --duration is given (default: 200,000).") var records: Int?
    @Option(help: "Seconds to put for.") var duration: Double?
    @Option(help: "Records a second (default: as fast as the connections go).") var rate: Double?
    @Option(help: "Records of a request: 1 uses PutRecord, more PutRecords.") var batch = 100
    @Option(help: "Requests in flight, at most.") var connections = 8
    @Option(help: "Consumers that read all shards meanwhile, by GetRecords.") var consumers = 0
    @Flag(help: "Consumers, one unless --consumers tells, get the records by SubscribeToShard (enhanced fan-out).")
    var fanOut = false
    @Flag(help: "A worker, as 'weir consume' runs one, gets the records: delivery is measured to its handler.")
    var worker = false
    @Option(help: "Milliseconds between two reads of a shard by a consumer that has reached the tip.")
    var pollInterval = 200
    @Flag(help: "The worker polls instead of letting the server wait for records.")
    var noWait = false
    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (records ?? 1) > 0, (duration ?? 1) > 0, (rate ?? 1) > 0, connections > 0, (1...500).contains(batch),
            consumers >= 0, pollInterval >= 0
        else { throw ValidationError("--batch is 1 to 500, --consumers at least 0, the others more than 0") }
        guard !isStamped || options.size >= BenchRecord.stampSize else {
            let size = BenchRecord.stampSize
            throw ValidationError("with --fan-out or --worker --size is at least \(size): records carry the time")
        }
        guard !worker || (!fanOut && consumers == 0) else {
            throw ValidationError("--worker stands alone, without --fan-out and --consumers")
        }
        guard !noWait || worker else { throw ValidationError("--no-wait is of use with --worker only") }
    }

    /// Whether records carry the time, and acknowledgements are noted.
    private var isStamped: Bool { fanOut || worker }

    private var consumerCount: Int { fanOut ? max(1, consumers) : consumers }

    func run() async throws {
        // A consumer has one request in flight for each shard.
        let all = connections + (fanOut ? 0 : consumers * options.shards)
        try await BenchTarget.withTarget(options, connections: all) { target in
            try BenchReport.publish([try await measure(target)], json: options.json)
        }
    }

    private func measure(_ target: BenchTarget) async throws -> BenchReport {
        let time = SystemTime()
        let count = duration == nil ? ((records ?? 200_000) + batch - 1) / batch : nil
        let nanoseconds = duration.map { $0 * 1e9 }
        var load = PutLoad(target: target, size: options.size, batch: batch, connections: connections, time: time)
        _ = try await load.run(
            schedule(time, count: count.map { max(1, $0 / 10) }, nanoseconds: nanoseconds.map { $0 / 10 }),
            BenchProgress(isTold: false)
        )
        let progress = BenchProgress(isTold: options.progress)
        let acknowledgements = isStamped ? AcknowledgementTimes() : nil
        load.acknowledgements = acknowledgements
        let processes = target.serverProcessID.map { [$0] } ?? []
        let before = ProcessorUse.now(processIDs: processes)
        let start = time.monotonicNanoseconds
        let (latency, delivery) = try await progress.telling(time) { [load] in
            let run = { @Sendable () async throws in
                try await load.run(schedule(time, count: count, nanoseconds: nanoseconds), progress)
            }
            guard let acknowledgements else {
                let pause = Duration.milliseconds(pollInterval)
                return try await BenchConsumption(target: target, pollInterval: pause, time: time)
                    .measure(consumers: consumers, progress, load: run)
            }
            if worker {
                let pause = Duration.milliseconds(pollInterval)
                let reader = BenchWorker(target: target, acknowledgements: acknowledgements, time: time)
                return try await reader.measure(idleInterval: pause, waits: !noWait, progress, load: run)
            }
            return try await BenchFanOut(target: target, acknowledgements: acknowledgements, time: time)
                .measure(consumers: consumerCount, progress, load: run)
        }
        let seconds = Double(time.monotonicNanoseconds - start) / 1e9
        let after = ProcessorUse.now(processIDs: processes)
        return BenchReport(
            title: title,
            records: progress.recordCount,
            requests: latency.count,
            refused: progress.refused,
            seconds: seconds,
            bytes: progress.recordCount * options.size,
            latency: latency.percentiles,
            delivery: delivery?.sincePut.percentiles,
            deliverySinceAcknowledgement: delivery?.sinceAcknowledgement?.percentiles,
            processorSeconds: before.flatMap { before in after.map { $0.ownSeconds(since: before) } },
            foreignShare: before.flatMap { before in after.map { $0.foreignShare(since: before) } }
        )
    }

    private func schedule(_ time: SystemTime, count: Int?, nanoseconds: Double?) -> LoadSchedule {
        LoadSchedule(
            start: time.monotonicNanoseconds,
            rate: rate.map { $0 / Double(batch) },
            maximumCount: count,
            duration: nanoseconds.map { UInt64($0) }
        )
    }

    private var title: String {
        let pace = rate.map { "\(Int($0)) records/s wanted" } ?? "closed loop"
        return
            "put \(options.size) bytes, \(batch) a request, \(connections) in flight, \(options.shards) shards, \(pace)"
            + (worker ? ", a worker" + (noWait ? " that polls each \(pollInterval) ms" : "") : "")
            + (consumerCount > 0 ? ", \(consumerCount) consumers" + (fanOut ? " by fan-out" : "") : "")
    }
}

/// Puts the requests of a schedule.
struct PutLoad: Sendable {
    let target: BenchTarget
    let size: Int
    let batch: Int
    let connections: Int
    let time: SystemTime
    /// Is told when requests were acknowledged.
    var acknowledgements: AcknowledgementTimes?

    /// Puts what the schedule asks for, and gives how long each request took.
    func run(_ schedule: LoadSchedule, _ progress: BenchProgress) async throws -> LatencyHistogram {
        try await withThrowingTaskGroup(of: LatencyHistogram.self) { group in
            for connection in 0..<connections {
                group.addTask {
                    var latencies = LatencyHistogram()
                    var free = time.monotonicNanoseconds
                    while let ticket = schedule.next(now: free) {
                        if let due = ticket.due, due > free { try await time.sleep(for: .nanoseconds(due - free)) }
                        let begun = LoadSchedule.beginning(of: ticket, free: free, sent: time.monotonicNanoseconds)
                        try await put(key: "\(connection)-\(ticket.number)", at: begun, progress)
                        free = time.monotonicNanoseconds
                        acknowledgements?.note(free, ofPutAt: begun)
                        latencies.record(nanoseconds: free - begun)
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: LatencyHistogram()) { $0.add($1) }
        }
    }

    private func put(key: String, at begun: UInt64, _ progress: BenchProgress) async throws {
        let data = BenchRecord.data(begun: begun, size: size)
        do throws(ServiceError) {
            guard batch > 1 else {
                _ = try await target.kinesis.call(
                    PutRecord.self,
                    .init(streamName: target.stream, data: data, partitionKey: key)
                )
                return progress.taken(1)
            }
            let entries = (0..<batch).map { PutRecordsRequestEntry(data: data, partitionKey: "\(key)-\($0)") }
            let answer = try await target.kinesis.call(
                PutRecords.self,
                .init(records: entries, streamName: target.stream)
            )
            let failed = answer.failedRecordCount ?? 0
            progress.taken(batch - failed)
            guard failed > 0 else { return }
            for result in answer.records {
                if let error = result.errorCode { progress.refused(1, error) }
            }
        } catch {
            // Whoever is throttled or told to come again goes on; all else ends the measurement.
            guard error.isRetryable else { throw error }
            progress.refused(batch, error.code.rawValue)
        }
    }
}

/// The data of a record: when it was due to be put, then bytes that fill it up.
enum BenchRecord {
    /// Bytes that tell the time.
    static let stampSize = 16

    /// Data of a size; below 16 bytes it tells no time.
    static func data(begun: UInt64, size: Int) -> ByteBuffer {
        guard size >= stampSize else { return ByteBuffer(repeating: UInt8(ascii: "x"), count: size) }
        let digits = String(begun, radix: 16)
        var data = ByteBuffer()
        data.reserveCapacity(size)
        data.writeRepeatingByte(UInt8(ascii: "0"), count: stampSize - digits.utf8.count)
        data.writeString(digits)
        data.writeRepeatingByte(UInt8(ascii: "x"), count: size - stampSize)
        return data
    }

    /// When a record was due to be put; nil when its data do not tell.
    static func begun(_ data: ByteBuffer) -> UInt64? {
        data.getString(at: data.readerIndex, length: stampSize).flatMap { UInt64($0, radix: 16) }
    }
}
