import WeirLeases
import WeirModel

extension ConsumerWorker {
    /// The settings of a worker. All workers of an application should have the same.
    public struct Configuration: Sendable {
        /// The name under which workers share the stream out; also the lease table's name unless set.
        public var applicationName: String
        /// The stream, by name or ARN. Empty in an application of several streams.
        public var streamName: String
        /// The streams of an application of several streams, of which there may be one; nil in an application of one stream. The
        /// two keep different lease tables, and a worker of one refuses the table of the other.
        public var streams: ConsumedStreams?
        /// What becomes of the leases of streams that are not among `streams` any more. Default: they are deleted when no worker
        /// has held them for an hour.
        public var formerStreams = FormerStreamPolicy.deleteLeases(after: .seconds(3600))
        /// This worker's name, unique among those that run. Default: host, process and a random number.
        public var workerID = makeWorkerID()
        /// The lease table. Default: the application's name.
        public var leaseTableName: String
        /// How the lease table is made, by the worker that finds none.
        public var leaseTableOptions = LeaseTableOptions()
        /// Where shards begin that the application has not read before.
        public var initialPosition = InitialPosition.trimHorizon
        /// A worker that gives no sign of life for this long loses its leases to the others. Default 10 s, at least
        /// 100 ms. Its cost: a scan of the lease table each quarter of it, and a write for each lease each third of it.
        public var failoverTime = Duration.seconds(10)
        /// Leases that this worker holds, at most. Default: no limit.
        public var maximumLeases = Int.max
        /// By what workers share the leases. Default: by their number. All workers of an application have the same.
        public var balance = LeaseBalance.count
        /// An owner that was asked for a lease and does not hand it over for this long is stolen from. Default: three
        /// times the fail-over time. It should be longer than the handler takes for a batch.
        public var handOffTimeout: Duration?
        /// How records are got from the service.
        public var retrieval = Retrieval.polling
        /// How much is fetched of each shard while its handler works.
        public var prefetch = Prefetch()
        /// Records of one fetch, at most: 1 to 10,000. Only for polling.
        public var maximumRecordsPerFetch = Limits.maximumGetRecordsCount
        /// The pause between two fetches at the tip of a shard. Behind the tip there is none. Default 250 ms: Amazon
        /// Kinesis allows five fetches a second and shard, for all applications together. Only for polling.
        public var idleInterval = Duration.milliseconds(250)
        /// How long a Weir server may keep a call at the tip of a shard waiting for the next record, which then comes at once
        /// instead of after the pause. Default 10 s, at most 20 s, zero: not at all. Each shard that is at its tip holds a connection
        /// of its own. Amazon Kinesis, and a server with no room for another call that waits, is polled. Only for polling.
        public var longestWait = Duration.seconds(10)
        /// What is done with records that a producer packed together, as the Kinesis Producer Library does. Default: the
        /// handler gets the user records, each with its sub-sequence number, key and data.
        public var deaggregation = Deaggregation.servedByShard
        /// How many calls of the handler may run side by side for one shard. Default 1: one record or batch after the other.
        ///
        /// Above that records are in order by partition key only. No two calls have records with the same key; a batch has some
        /// of the records that wait, and a processor is called while other calls of it are running. The checkpoint is at the last
        /// record before which all are processed: after a failure more records come again than were in hand. A shutdown or a
        /// hand-over first finishes what other keys have passed, so that then nothing comes again.
        public var parallelismPerShard = 1
        /// How checkpoints are made.
        public var checkpoints = CheckpointPolicy.automatic()
        /// What is done about records that their handler fails on.
        public var failurePolicy = FailurePolicy()
        /// How often the shards of each stream are compared with the leases. Default 60 s. Splits and merges are
        /// followed at once without it, and a stream that was made again is noticed within seconds by whoever reads it.
        public var shardSyncInterval = Duration.seconds(60)
        /// How finely the metrics are told apart.
        public var metricsLevel = MetricsLevel.application
        /// How long a shutdown waits for handlers to finish. After that they are cancelled. Default 30 s.
        public var shutdownTimeout = Duration.seconds(30)

        /// The settings of a worker of an application that reads a stream.
        public init(applicationName: String, streamName: String) {
            self.applicationName = applicationName
            self.streamName = streamName
            leaseTableName = applicationName
        }

        /// The settings of a worker of an application that reads several streams, which may change while it runs:
        ///
        /// ```swift
        /// ConsumerWorker.Configuration(applicationName: "arrivals", streams: ["flights", "weather"])
        /// ```
        public init(applicationName: String, streams: ConsumedStreams) {
            self.init(applicationName: applicationName, streamName: "")
            self.streams = streams
        }

        /// The name of the registered consumer; nil when shards are polled.
        var fanOutConsumerName: String? {
            switch retrieval {
            case .polling: nil
            case .fanOut(let name): name ?? applicationName
            }
        }

        /// Throws `configuration` when a setting is out of range.
        func validate(handler: RecordHandler) throws(ServiceError) {
            func check(_ holds: Bool, _ message: String) throws(ServiceError) {
                if !holds { throw ServiceError(.configuration, message) }
            }
            try check(!applicationName.isEmpty, "applicationName must not be empty")
            try checkStreams()
            try check(!workerID.isEmpty, "workerID must not be empty")
            let tableNameLengths = Limits.minimumTableNameLength...Limits.maximumTableNameLength
            try check(
                tableNameLengths.contains(leaseTableName.utf8.count),
                "leaseTableName must have 3 to 255 characters: \(leaseTableName)"
            )
            try leaseTableOptions.validate()
            try check(failoverTime >= .milliseconds(100), "failoverTime must be at least 100 ms: \(failoverTime)")
            try check(maximumLeases >= 1, "maximumLeases must be at least 1: \(maximumLeases)")
            try check(
                (1...Limits.maximumGetRecordsCount).contains(maximumRecordsPerFetch),
                "maximumRecordsPerFetch must be between 1 and \(Limits.maximumGetRecordsCount): \(maximumRecordsPerFetch)"
            )
            try check(
                fanOutConsumerName.map { (1...Limits.maximumConsumerNameLength).contains($0.utf8.count) } ?? true,
                "The fan-out consumer's name must have 1 to \(Limits.maximumConsumerNameLength) characters"
            )
            try check(
                prefetch.maximumRecords >= 0 && prefetch.maximumBytes >= 0,
                "prefetch must not be negative: \(prefetch)"
            )
            try check(parallelismPerShard >= 1, "parallelismPerShard must be at least 1: \(parallelismPerShard)")
            try check(
                parallelismPerShard == 1 || !handler.needsShardOrder,
                "parallelismPerShard must be 1 where the handler writes the position of a shard in a transaction"
            )
            try check(
                failurePolicy.maximumTime.map { $0 >= .zero } ?? true,
                "failurePolicy.maximumTime must not be negative"
            )
            try check(failurePolicy.maximumAttempts >= 1, "failurePolicy.maximumAttempts must be at least 1")
            try check(
                (.zero ... .seconds(Limits.maximumReadWaitInSeconds)).contains(longestWait),
                "longestWait must be between 0 and \(Limits.maximumReadWaitInSeconds) s: \(longestWait)"
            )
            try check(idleInterval >= .zero && shardSyncInterval > .zero, "intervals must not be negative")
        }

        private func checkStreams() throws(ServiceError) {
            func check(_ holds: Bool, _ message: String) throws(ServiceError) {
                if !holds { throw ServiceError(.configuration, message) }
            }
            guard let streams else { return try check(!streamName.isEmpty, "streamName must not be empty") }
            try check(streamName.isEmpty, "streamName must be empty where streams are listed: \(streamName)")
            if case .deleteLeases(let grace) = formerStreams {
                try check(grace >= .zero, "formerStreams: the time must not be negative")
            }
            for stream in streams.fixed ?? [] {
                if let problem = stream.problem { throw ServiceError(.configuration, "streams: \(problem)") }
            }
            let names = streams.fixed?.map(\.name) ?? []
            try check(Set(names).count == names.count, "streams: a stream is listed twice")
        }
    }
}

/// How a worker gets records from the service.
public enum Retrieval: Hashable, Sendable {
    /// By GetRecords. All applications of a stream share the reads that a shard allows.
    case polling
    /// By enhanced fan-out: records are pushed as soon as they are acknowledged, and the application has a share of its own
    /// in the reads of each shard. Needs a registered consumer, which the worker registers when there is none; nil: under
    /// the application's name. All workers of an application name the same, and no other application may use it. It is not
    /// deregistered: Amazon charges for it until it is.
    case fanOut(consumerName: String? = nil)
}

/// How checkpoints are made.
public enum CheckpointPolicy: Hashable, Sendable {
    /// After each fetch whose records were all processed, and during longer ones when the last checkpoint is older than
    /// the interval. Where fetches follow each other sooner than ``ConsumerWorker/Configuration/idleInterval``, as from a service
    /// that waits for records or pushes them, checkpoints do not: at most one is made in that time (in the interval, if that is
    /// shorter), and what came after it follows at its end.
    case automatic(interval: Duration = .seconds(1))
    /// The handler calls ``ShardContext/checkpoint(at:)``. The end of a shard is checkpointed all the same.
    case manual
}
