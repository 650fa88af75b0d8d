import NIOCore
import WeirMetrics
import WeirModel
import WeirRuntime
import WeirStore

extension KinesisService {
    /// Puts records and counts what became of them. `start` is when the call began, in nanoseconds.
    func metered(
        _ batch: consuming RecordsToPut,
        stream name: String,
        isBatch: Bool,
        since start: UInt64
    ) async throws(ServiceError) -> PutReport {
        let sizes = batch.sizes
        let report: PutReport
        do throws(ServiceError) {
            report = try await put(consume batch, stream: name)
        } catch {
            // Other errors say that there is no such stream, or that the caller may not put into it.
            if error.httpStatus >= 500 {
                let outcomes = [PutOutcome](repeating: .notTaken, count: sizes.count)
                count(sizes, PutReport(outcomes: outcomes), stream: name, isBatch: isBatch, since: start)
            }
            throw error
        }
        count(sizes, report, stream: name, isBatch: isBatch, since: start)
        return report
    }

    private func count(
        _ sizes: [Int],
        _ report: PutReport,
        stream name: String,
        isBatch: Bool,
        since start: UInt64
    ) {
        let put = StreamMeter.Put(isBatch: isBatch, nanoseconds: time.monotonicNanoseconds - start)
        // An array: a sequence of another type would be walked through slowly, behind the border of the module.
        let counted = sizes.indices.map { index in
            switch report.outcomes[index] {
            case .put(let shard, _): StreamMeter.Put.Record(.put, shard: shard, bytes: sizes[index])
            case .throttled(let shard): StreamMeter.Put.Record(.throttled, shard: shard, bytes: sizes[index])
            case .notTaken: StreamMeter.Put.Record(.failed, shard: nil, bytes: sizes[index])
            }
        }
        meters.meter(of: name).count(put, counted, shardMetrics: report.shardMetrics)
    }

    /// Counts what GetRecords brought.
    func count(_ read: ShardRead, shard: ShardID, stream: StreamDescription, since start: UInt64) {
        let now = time.monotonicNanoseconds
        meters.meter(of: stream.name).count(
            StreamMeter.Read(read, shard: shard),
            nanoseconds: now - start,
            shardMetrics: stream.settings.shardLevelMetrics,
            at: now
        )
    }

    /// Counts a GetRecords call that the store refused or could not perform.
    func countFailedRead(_ shard: ShardID, stream: StreamDescription, _ error: ServiceError, since start: UInt64) {
        let isThrottled = error.code == .provisionedThroughputExceeded
        guard isThrottled || error.httpStatus >= 500 else { return }
        meters.meter(of: stream.name).countFailedRead(
            shard,
            isThrottled: isThrottled,
            nanoseconds: time.monotonicNanoseconds - start,
            shardMetrics: stream.settings.shardLevelMetrics
        )
    }

    /// What the region is now, and what was counted of its streams. Streams, shards and consumers that are gone are
    /// forgotten.
    public func figures() async throws(ServiceError) -> RegionFigures {
        let names = try await store.streamNames(after: nil, limit: Int.max)
        meters.keep(Set(names))
        for (name, meter) in meters.ofStreams { await forgetWhatIsGone(of: name, meter) }
        let usage = try await store.usage()
        var figures = RegionFigures(
            region: region,
            streamCount: names.count,
            openShardCount: usage.openShardCount,
            subscriptionCount: subscriptions.activeCount,
            readWaitCount: readWaits.count,
            damagedRecordCount: usage.damagedRecordCount,
            streams: meters.snapshot
        )
        figures.failedLogCount = usage.failedLogCount
        figures.compressionInputBytes = usage.compressionInputBytes
        figures.compressionOutputBytes = usage.compressionOutputBytes
        figures.queues = try await queues?.figures() ?? []
        return figures
    }

    /// Forgets the shards and consumers of a stream that are gone. Where there would be no room for others, shards that
    /// are closed are forgotten too: they take no more records.
    private func forgetWhatIsGone(of name: String, _ meter: StreamMeter) async {
        let counts = meter.snapshot
        guard !counts.shards.isEmpty || !counts.subscriptions.isEmpty else { return }
        // A stream that is deleted meanwhile is forgotten the next time.
        guard let stream = try? await store.stream(name: name) else { return }
        let isFull = counts.shards.count >= Limits.maximumMeteredShardCount
        let shards = Set(stream.shards.lazy.filter { !isFull || $0.isOpen }.map(\.id))
        let consumers = Set(stream.consumers.lazy.map(\.name))
        meter.forget(
            shards: counts.shards.keys.filter { !shards.contains($0) },
            consumers: counts.subscriptions.keys.filter { !consumers.contains($0) }
        )
    }
}

extension StreamMeter.Read {
    /// What a read found.
    init(_ read: ShardRead, shard: ShardID) {
        self.init(
            shard: shard,
            records: read.records.count,
            bytes: read.records.contentSize,
            millisBehindLatest: Int64(read.millisBehindLatest)
        )
    }
}
