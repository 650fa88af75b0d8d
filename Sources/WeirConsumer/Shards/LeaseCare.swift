import CoreMetrics
import Logging
import Synchronization
import WeirLeases
import WeirModel
import WeirRuntime

/// Cleans up after the shards of one stream, and tells of hash keys that nobody reads.
final class LeaseCare: Sendable {
    private let streamName: String
    private let environment: WorkerEnvironment
    private let machine: Mutex<LeaseCareStateMachine>

    init(streamName: String, environment: WorkerEnvironment) {
        self.streamName = streamName
        self.environment = environment
        let configuration = environment.configuration
        // Half of it must do to list the shards and read the table.
        let grace = max(configuration.shardSyncInterval, configuration.failoverTime * 4, .seconds(2))
        machine = Mutex(LeaseCareStateMachine(grace: grace))
    }

    private var logger: Logger { environment.logger }

    /// Whether a look at the shards and leases is too old to make leases by it.
    func isTooOld(_ listing: ShardSynchronizer.Listing) -> Bool {
        environment.time.monotonicNanoseconds > listing.askedAtNanoseconds + machine.withLock(\.maximumAge)
    }

    /// Takes note of a look at the shards and the leases of the stream.
    ///
    /// - Returns: the leases to delete.
    func note(_ listing: ShardSynchronizer.Listing, _ leases: [Lease]) -> [Lease] {
        let now = environment.time.monotonicNanoseconds
        let findings = machine.withLock { $0.note(shards: listing.shards, leases: leases, at: now) }
        environment.metrics.holes.record(findings.holeCount)
        if let holes = findings.holesToTell { tell(holes) }
        return findings.leasesToDelete
    }

    private func tell(_ holes: [HashKeyRange]) {
        if holes.isEmpty {
            logger.notice("All hash keys are read again")
        } else {
            logger.error(
                "There are hash keys that no lease covers: nobody reads their records",
                metadata: ["shard.holes": .array(holes.map { .string("\($0.starting) to \($0.ending)") })]
            )
        }
        environment.onEvent(.hashKeysUncovered(stream: streamName, holes))
    }
}
