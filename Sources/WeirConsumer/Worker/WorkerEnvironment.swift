import Logging
import WeirClient
import WeirLeases
import WeirRuntime

/// What every part of a worker needs.
struct WorkerEnvironment: Sendable {
    let configuration: ConsumerWorker.Configuration
    let kinesis: any KinesisCalling
    /// By which shards are subscribed to; nil when they are polled.
    let fanOutConsumer: FanOutConsumer?
    let leaseStore: LeaseStore
    let synchronizer: ShardSynchronizer
    let handler: RecordHandler
    let deadLetters: any DeadLetterDestination
    let time: any TimeSource
    let metrics: WorkerMetrics
    let logger: Logger
    let onEvent: @Sendable (WorkerEvent) -> Void
}
