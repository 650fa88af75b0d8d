import Logging
import Synchronization
import WeirModel
import WeirRuntime
import WeirSigning

/// Keeps what a source of temporary credentials gave, and asks it again before they expire: once for all callers, as
/// ``CredentialRefreshStateMachine`` says.
package final class RefreshingCredentialProvider: CredentialProvider {
    private typealias Outcome = Result<CredentialLookup, ServiceError>

    private struct State {
        var machine: CredentialRefreshStateMachine
        /// The last one that was begun.
        var refresh: Task<Outcome, Never>?
    }

    private let source: any CredentialSource
    private let seams: ClientSeams
    private let logger: Logger
    private let metrics: CredentialMetrics
    private let state: Mutex<State>

    /// A provider without credentials. The source is asked when the first are needed.
    package init(
        _ source: any CredentialSource,
        seams: ClientSeams = ClientSeams(),
        logger: Logger = Logger(label: "weir.credentials")
    ) {
        self.source = source
        self.seams = seams
        self.logger = logger
        metrics = CredentialMetrics(factory: seams.metricsFactory)
        state = Mutex(State(machine: CredentialRefreshStateMachine(outlastsOutages: source.outlastsOutages)))
    }

    package func credentials() async throws(ServiceError) -> CredentialLookup {
        let now = now
        let (credentials, refresh) = state.withLock { state -> (Credentials?, Task<Outcome, Never>?) in
            switch state.machine.requested(now: now) {
            case .use(let credentials):
                return (credentials, nil)
            case .useAndRefresh(let credentials):
                state.refresh = Task { await self.refresh() }
                return (credentials, nil)
            case .refresh:
                state.refresh = Task { await self.refresh() }
                return (nil, state.refresh)
            case .wait:
                return (nil, state.refresh)
            }
        }
        if let credentials { return .found(credentials) }
        guard let outcome = await Self.outcome(of: refresh) else {
            throw ServiceError(.cancelled, "The call was cancelled while it waited for credentials.")
        }
        return try outcome.get()
    }

    /// Waits for a refresh; nil when this task is cancelled before. The refresh is everybody's and goes on.
    private static func outcome(of refresh: Task<Outcome, Never>?) async -> Outcome? {
        guard let refresh else { return nil }
        let (outcomes, continuation) = AsyncStream<Outcome>.makeStream()
        let forwarding = Task {
            continuation.yield(await refresh.value)
            continuation.finish()
        }
        defer { forwarding.cancel() }
        for await outcome in outcomes { return outcome }
        return nil
    }

    private func refresh() async -> Outcome {
        let failure: Outcome
        let began = seams.time.monotonicNanoseconds
        do throws(ServiceError) {
            let lookup = try await source.fetch()
            metrics.asked(lookup, after: seams.time.monotonicNanoseconds - began)
            switch lookup {
            case .found(let fetched):
                let (now, jitter) = (now, seams.jitter())
                if let credentials = state.withLock({
                    $0.machine.refreshed(fetched, now: now, jitter: jitter)
                }) {
                    return .success(.found(credentials))
                }
                let error = ServiceError(.configuration, "The credentials of \(source.name) had expired already.")
                return .failure(error)
            case .absent(let reason):
                failure = .success(.absent(reason))
            }
        } catch {
            metrics.failed(after: seams.time.monotonicNanoseconds - began)
            failure = .failure(error)
        }
        let (now, jitter) = (now, seams.jitter())
        guard let credentials = state.withLock({ $0.machine.failed(now: now, jitter: jitter) }) else { return failure }
        logger.warning(
            "Credentials could not be refreshed, going on with the old ones",
            metadata: ["credentials.source": "\(source.name)", "error.message": "\(Self.reason(failure))"]
        )
        return .success(.found(credentials))
    }

    private static func reason(_ failure: Outcome) -> String {
        switch failure {
        case .failure(let error): "\(error)"
        case .success(.absent(let reason)): reason
        case .success: ""
        }
    }

    private var now: Duration { .nanoseconds(seams.time.monotonicNanoseconds) }
}
