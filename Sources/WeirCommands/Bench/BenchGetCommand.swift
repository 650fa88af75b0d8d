import ArgumentParser
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// `weir bench get`: how fast an endpoint gives records again.
struct BenchGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Put records, then measure how fast they are read from the trim horizon."
    )

    @Option(help: "Records to put and read.") var records = 200_000
    @Option(help: "Records of an answer, at most.") var limit = 10_000
    @Option(help: "Consumers, each of which reads everything.") var consumers = 1
    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard records > 0, (1...10_000).contains(limit), consumers > 0 else {
            throw ValidationError("--limit is 1 to 10,000, the others at least 1")
        }
    }

    func run() async throws {
        let connections = max(8, consumers * options.shards)
        try await BenchTarget.withTarget(options, connections: connections) { target in
            try BenchReport.publish([try await measure(target)], json: options.json)
        }
    }

    private func measure(_ target: BenchTarget) async throws -> BenchReport {
        let time = SystemTime()
        let filled = BenchProgress(isTold: false)
        let load = PutLoad(target: target, size: options.size, batch: 500, connections: 8, time: time)
        let requests = (records + 499) / 500
        _ = try await load.run(LoadSchedule(start: 0, rate: nil, maximumCount: requests, duration: nil), filled)
        let shards = try await target.kinesis.call(ListShards.self, .init(streamName: target.stream)).shards

        let progress = BenchProgress(isTold: options.progress)
        let processes = target.serverProcessID.map { [$0] } ?? []
        let before = ProcessorUse.now(processIDs: processes)
        let start = time.monotonicNanoseconds
        let latency = try await progress.telling(time) {
            try await withThrowingTaskGroup(of: LatencyHistogram.self) { group in
                for shard in shards {
                    for _ in 0..<consumers {
                        group.addTask { try await read(target, shard.shardID, progress, time) }
                    }
                }
                return try await group.reduce(into: LatencyHistogram()) { $0.add($1) }
            }
        }
        let seconds = Double(time.monotonicNanoseconds - start) / 1e9
        let after = ProcessorUse.now(processIDs: processes)
        guard progress.recordCount == filled.recordCount * consumers else {
            throw CommandFailure("\(filled.recordCount) records were put, and \(progress.recordCount) read")
        }
        return BenchReport(
            title:
                "get \(options.size) bytes, up to \(limit) an answer, \(consumers) consumers, \(options.shards) shards",
            records: progress.recordCount,
            requests: latency.count,
            refused: progress.refused,
            seconds: seconds,
            bytes: progress.recordCount * options.size,
            latency: latency.percentiles,
            processorSeconds: before.flatMap { before in after.map { $0.ownSeconds(since: before) } },
            foreignShare: before.flatMap { before in after.map { $0.foreignShare(since: before) } }
        )
    }

    private func read(
        _ target: BenchTarget,
        _ shard: String?,
        _ progress: BenchProgress,
        _ time: SystemTime
    ) async throws -> LatencyHistogram {
        var latencies = LatencyHistogram()
        var next = try await target.kinesis.call(
            GetShardIterator.self,
            .init(streamName: target.stream, shardID: shard, shardIteratorType: "TRIM_HORIZON")
        ).shardIterator
        while let iterator = next {
            let begun = time.monotonicNanoseconds
            let answer: GetRecords.Response
            do throws(ServiceError) {
                answer = try await target.kinesis.call(GetRecords.self, .init(shardIterator: iterator, limit: limit))
            } catch {
                // A shard gives so much a second and no more: the same place is read again.
                guard error.isRetryable else { throw error }
                progress.refused(1, error.code.rawValue)
                try await time.sleep(for: .milliseconds(200))
                continue
            }
            if answer.records.isEmpty, answer.millisBehindLatest ?? 0 == 0 { return latencies }
            latencies.record(nanoseconds: time.monotonicNanoseconds - begun)
            progress.taken(answer.records.count)
            next = answer.nextShardIterator
        }
        return latencies
    }
}
