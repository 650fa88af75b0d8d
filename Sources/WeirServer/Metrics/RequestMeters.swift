import Synchronization
import WeirMetrics
import WeirModel

/// Counts the requests of a server by what they asked for and what became of them. Their kinds are bounded in number.
final class RequestMeters: Sendable {
    /// What asked for the same and ended alike.
    struct Kind: Hashable {
        /// The service as signatures name it; empty where a request was for none.
        var service: String
        /// The action, one that there is; empty otherwise.
        var action: String
        /// The HTTP status.
        var status: Int
        /// The error code; empty where there was none.
        var error: String
    }

    /// What is counted of a kind.
    struct Counts {
        /// How long they took: also how many there were.
        var latency = LatencyHistogram()
        /// Bytes of their bodies.
        var requestBytes: UInt64 = 0
        /// Bytes of the bodies of their answers, but for those that are made while they are read.
        var responseBytes: UInt64 = 0
    }

    private static let others = Kind(service: "(other)", action: "", status: 0, error: "")

    private let counts = Mutex<[Kind: Counts]>([:])

    func count(_ kind: Kind, nanoseconds: UInt64, requestBytes: Int, responseBytes: Int) {
        counts.withLock { counts in
            var kind = kind
            if counts.count >= Limits.maximumMeteredRequestKindCount, counts[kind] == nil { kind = Self.others }
            counts[kind, default: Counts()].count(nanoseconds, requestBytes, responseBytes)
        }
    }

    /// What was counted.
    var snapshot: [Kind: Counts] { counts.withLock { $0 } }
}

extension RequestMeters.Counts {
    fileprivate mutating func count(_ nanoseconds: UInt64, _ requestBytes: Int, _ responseBytes: Int) {
        latency.observe(nanoseconds: nanoseconds)
        self.requestBytes += UInt64(requestBytes)
        self.responseBytes += UInt64(responseBytes)
    }
}

extension MetricText {
    /// Writes what was counted of requests.
    mutating func write(_ requests: RequestMeters) {
        let kinds = requests.snapshot.map { (labels: $0.key.labels, kind: $0.key, counts: $0.value) }
            .sorted { $0.labels.text < $1.labels.text }
        begin("weir_requests_total", .counter, help: "Requests by service, action, HTTP status and error code.")
        for kind in kinds { sample(kind.labels, kind.counts.latency.count) }
        var actions: [MetricLabels: RequestMeters.Counts] = [:]
        for kind in kinds { actions[kind.kind.actionLabels, default: .init()].add(kind.counts) }
        let rows = actions.sorted { $0.key.text < $1.key.text }
        begin("weir_request_bytes_total", .counter, help: "Bytes of the bodies of requests.")
        for (labels, counts) in rows { sample(labels, counts.requestBytes) }
        begin("weir_response_bytes_total", .counter, help: "Bytes of the bodies of answers, but for subscriptions.")
        for (labels, counts) in rows { sample(labels, counts.responseBytes) }
        begin("weir_request_duration_seconds", .histogram, help: "Time from a whole request to its answer.")
        for (labels, counts) in rows { samples(labels, counts.latency, nanosecondsPerUnit: 1_000_000_000) }
    }
}

extension RequestMeters.Kind {
    fileprivate var actionLabels: MetricLabels {
        MetricLabels([(name: "service", value: service), (name: "action", value: action)])
    }

    fileprivate var labels: MetricLabels {
        actionLabels.adding("status", "\(status)").adding("error", error)
    }
}

extension RequestMeters.Counts {
    fileprivate mutating func add(_ other: Self) {
        latency.add(other.latency)
        requestBytes += other.requestBytes
        responseBytes += other.responseBytes
    }
}
