import Metrics
import Synchronization
import WeirModel
import WeirWire

/// The client's metrics, each made once:
///
/// - `weir.client.calls`, a counter by `service`, `action` and `outcome` (`ok` or the error code)
/// - `weir.client.retries`, a counter by `service` and `action`
/// - `weir.client.throttles`, a counter by `service` and `action` of attempts that were answered: not so fast
/// - `weir.client.call.duration`, a timer by `service` and `action`, repetitions included; not what a service waited for records
final class ClientMetrics: Sendable {
    private let service: WireService
    private let factory: any MetricsFactory
    private let actions = Mutex<[String: Action]>([:])

    init(service: WireService, factory: any MetricsFactory) {
        self.service = service
        self.factory = factory
    }

    func action(_ name: String) -> Action {
        actions.withLock { actions in
            if let action = actions[name] { return action }
            let dimensions = [("service", service.endpointPrefix), ("action", name)]
            let action = Action(dimensions: dimensions, factory: factory)
            actions[name] = action
            return action
        }
    }

    /// The metrics of one action.
    struct Action: Sendable {
        private let dimensions: [(String, String)]
        private let factory: any MetricsFactory
        private let successes: Counter
        private let retries: Counter
        private let throttles: Counter
        private let duration: Timer

        init(dimensions: [(String, String)], factory: any MetricsFactory) {
            self.dimensions = dimensions
            self.factory = factory
            successes = Counter(
                label: "weir.client.calls",
                dimensions: dimensions + [("outcome", "ok")],
                factory: factory
            )
            retries = Counter(label: "weir.client.retries", dimensions: dimensions, factory: factory)
            throttles = Counter(label: "weir.client.throttles", dimensions: dimensions, factory: factory)
            duration = Timer(label: "weir.client.call.duration", dimensions: dimensions, factory: factory)
        }

        func succeeded(after nanoseconds: UInt64) {
            successes.increment()
            duration.recordNanoseconds(Int64(clamping: nanoseconds))
        }

        func failed(_ code: ServiceError.Code, after nanoseconds: UInt64) {
            Counter(
                label: "weir.client.calls",
                dimensions: dimensions + [("outcome", code.rawValue)],
                factory: factory
            ).increment()
            duration.recordNanoseconds(Int64(clamping: nanoseconds))
        }

        func retried() { retries.increment() }

        func throttled() { throttles.increment() }
    }
}
