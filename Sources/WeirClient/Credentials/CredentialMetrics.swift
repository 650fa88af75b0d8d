import Metrics

/// What is counted of asking for temporary credentials:
///
/// - `weir.client.credentials.refreshes`, a counter by `outcome`: `ok`, `failed`, `absent` where there is no such source
/// - `weir.client.credentials.refresh.time`, a timer
struct CredentialMetrics: Sendable {
    private let successes: Counter
    private let failures: Counter
    private let absences: Counter
    private let time: Timer

    init(factory: any MetricsFactory) {
        func counter(_ outcome: String) -> Counter {
            let label = "weir.client.credentials.refreshes"
            return Counter(label: label, dimensions: [("outcome", outcome)], factory: factory)
        }
        successes = counter("ok")
        failures = counter("failed")
        absences = counter("absent")
        time = Timer(label: "weir.client.credentials.refresh.time", factory: factory)
    }

    func asked(_ lookup: FetchedCredentials, after nanoseconds: UInt64) {
        switch lookup {
        case .found: successes.increment()
        case .absent: absences.increment()
        }
        time.recordNanoseconds(Int64(clamping: nanoseconds))
    }

    func failed(after nanoseconds: UInt64) {
        failures.increment()
        time.recordNanoseconds(Int64(clamping: nanoseconds))
    }
}
