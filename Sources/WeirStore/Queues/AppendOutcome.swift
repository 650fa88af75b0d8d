import Synchronization
import WeirLog

/// What became of an append, for the one task that waits for it.
final class AppendOutcome: Sendable {
    private enum Phase {
        case open
        case awaited(CheckedContinuation<Result<UInt64, LogError>, Never>)
        case resolved(Result<UInt64, LogError>)
    }

    private let phase = Mutex(Phase.open)

    /// The append ended.
    func resolve(_ result: Result<UInt64, LogError>) {
        let waiting = phase.withLock { phase -> CheckedContinuation<Result<UInt64, LogError>, Never>? in
            defer { phase = .resolved(result) }
            if case .awaited(let waiting) = phase { return waiting }
            return nil
        }
        waiting?.resume(returning: result)
    }

    /// Whether it ended with an error.
    var hasFailed: Bool {
        phase.withLock { phase in
            if case .resolved(.failure) = phase { return true }
            return false
        }
    }

    /// Waits for its end.
    func value() async throws(LogError) {
        let result = await withCheckedContinuation { continuation in
            let known = phase.withLock { phase -> Result<UInt64, LogError>? in
                if case .resolved(let result) = phase { return result }
                phase = .awaited(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
        _ = try result.get()
    }
}
