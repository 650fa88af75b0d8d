import Logging
import WeirClient
import WeirLeases
import WeirRuntime

/// What every part of a worker needs.
struct WorkerEnvironment: Sendable {
    /// Where one of several streams is read, its own settings are in place of those for all.
    var configuration: ConsumerWorker.Configuration
    let kinesis: any KinesisCalling
    let leaseStore: LeaseStore
    let handler: RecordHandler
    let deadLetters: any DeadLetterDestination
    let time: any TimeSource
    let random: RandomSource
    var metrics: WorkerMetrics
    var logger: Logger
    let onEvent: @Sendable (WorkerEvent) -> Void
}
