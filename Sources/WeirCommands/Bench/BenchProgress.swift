import Synchronization
import SystemPackage
import WeirRuntime

/// Counts while a measurement runs, and tells the rate of each second on standard error where it is wanted.
final class BenchProgress: Sendable {
    private let records = Atomic(0)
    private let refusals = Mutex<[String: Int]>([:])
    private let isTold: Bool

    init(isTold: Bool) { self.isTold = isTold }

    /// Records that were taken.
    var recordCount: Int { records.load(ordering: .relaxed) }

    /// Records that were refused, by error.
    var refused: [String: Int] { refusals.withLock(\.self) }

    func taken(_ count: Int) { records.add(count, ordering: .relaxed) }

    func refused(_ count: Int, _ error: String) { refusals.withLock { $0[error, default: 0] += count } }

    /// Tells the rates until the body returns.
    func telling<Result: Sendable>(
        _ time: any TimeSource,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard isTold else { return try await body() }
        let console = Console(.standardError)
        let teller = Task {
            var second = 0
            var before = recordCount
            while true {
                try await time.sleep(for: .seconds(1))
                second += 1
                let now = recordCount
                try console.print("\(second) s  \(now - before) records/s")
                before = now
            }
        }
        defer { teller.cancel() }
        return try await body()
    }
}
