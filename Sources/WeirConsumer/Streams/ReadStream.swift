import Logging
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime

/// A stream that a worker reads, and what its shards are read with.
struct ReadStream: Sendable {
    let stream: ConsumedStream
    /// What tells it from others in the lease table; nil when the table is that of one stream.
    let identity: StreamIdentity?
    /// The worker's, with the stream's own settings, metrics and logger.
    let environment: WorkerEnvironment
    let synchronizer: ShardSynchronizer
    /// By which shards are subscribed to; nil when they are polled.
    let fanOutConsumer: FanOutConsumer?
    /// Has the shards be compared with the leases soon: what was read tells that the stream is not what it was.
    let askForComparison: @Sendable () -> Void
}

extension WorkerEnvironment {
    /// What a stream is read with.
    ///
    /// - Parameters:
    ///   - identity: what tells the stream from others, in an application of several streams.
    ///   - madeAt: when that stream was made.
    func reading(
        _ stream: ConsumedStream,
        _ identity: StreamIdentity?,
        madeAt: Timestamp? = nil,
        askForComparison: @escaping @Sendable () -> Void
    ) -> ReadStream {
        var environment = self
        environment.configuration.streamName = stream.name
        if let position = stream.initialPosition { environment.configuration.initialPosition = position }
        if let retrieval = stream.retrieval { environment.configuration.retrieval = retrieval }
        environment.logger[metadataKey: "stream.name"] = .string(stream.name)
        if let identity { environment.metrics = metrics.ofStream(identity.streamName) }
        let settings = environment.configuration
        return ReadStream(
            stream: stream,
            identity: identity,
            environment: environment,
            synchronizer: ShardSynchronizer(
                shardList: ShardList(streamName: stream.name, kinesis: kinesis),
                leaseStore: leaseStore,
                identity: identity,
                madeAt: madeAt,
                initialPosition: settings.initialPosition,
                care: LeaseCare(streamName: stream.name, environment: environment),
                time: time,
                logger: environment.logger
            ),
            fanOutConsumer: settings.fanOutConsumerName.map { name in
                FanOutConsumer(
                    name: name,
                    streamName: stream.name,
                    kinesis: kinesis,
                    time: time,
                    logger: environment.logger
                )
            },
            askForComparison: askForComparison
        )
    }
}
