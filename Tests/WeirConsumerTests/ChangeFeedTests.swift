import Logging
import Synchronization
import Testing
import WeirConsumer
import WeirConsumerFixtures
import WeirModel

/// What a worker does where it is not told of the changes of its lease table.
@Suite struct ChangeFeedTests {
    /// Keeps the warnings of a logger.
    private struct Warnings: LogHandler {
        final class Kept: Sendable {
            let messages = Mutex<[String]>([])
        }

        let kept: Kept
        var logLevel = Logger.Level.warning
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { kept.messages.withLock { $0.append("\(event.message)") } }
    }

    /// Runs a worker whose watches fail, until a passing failure would have been tried several times.
    private func run(_ harness: WorkerHarness, failing code: ServiceError.Code) async throws -> [String] {
        harness.dynamoDB.failWatches(ServiceError(code, "not for you"))
        let kept = Warnings.Kept()
        let logger = Logger(label: "test") { _ in Warnings(kept: kept) }
        let scans = Mutex(0)
        harness.dynamoDB.fail { action in
            if action == "Scan" { scans.withLock { $0 += 1 } }
            return nil
        }
        let worker = harness.worker("a", handler: .records { _, _ in }, logger: logger) { configuration in
            configuration.shardSyncInterval = .milliseconds(10)
        }
        try await harness.run(worker) {
            // Each comparison of shards and leases scans the table, and a failed watch is repeated as often.
            try await eventually("comparisons") { scans.withLock { $0 } > 40 }
        }
        return kept.messages.withLock { $0 }
    }

    @Test func aWatchThatIsNotAllowedIsTriedOnceAndThePermissionIsNamed() async throws {
        let harness = WorkerHarness(shards: 1)
        let warnings = try await run(harness, failing: .accessDenied)
        #expect(harness.dynamoDB.watchCount == 1)
        #expect(warnings.filter { $0.contains("dynamodb:WatchTable") }.count == 1)
    }

    @Test func aWatchThatFailsForNowIsTriedAgain() async throws {
        let harness = WorkerHarness(shards: 1)
        let warnings = try await run(harness, failing: .limitExceeded)
        #expect(harness.dynamoDB.watchCount > 1)
        #expect(warnings.contains("The change feed of the lease table failed"))
    }
}
