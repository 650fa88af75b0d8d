import WeirModel
import WeirRuntime

/// Waits until something is so, by looking again and again.
enum Readiness {
    /// How long there is between two looks.
    private static let pause = Duration.milliseconds(200)

    /// Returns when the condition holds. Throws `timeout` when it does not after so many seconds: `complaint` says what is not so.
    static func wait(
        orSay complaint: String,
        time: some TimeSource,
        within seconds: Int,
        until isSo: () async throws -> Bool
    ) async throws {
        let deadline = time.monotonicNanoseconds + UInt64(seconds) * 1_000_000_000
        while try await !isSo() {
            guard time.monotonicNanoseconds < deadline else {
                throw ServiceError(.timeout, "\(complaint) after \(seconds) s.")
            }
            try await time.sleep(for: pause)
        }
    }
}
