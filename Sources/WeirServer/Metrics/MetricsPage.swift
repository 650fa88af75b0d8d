import NIOCore
import WeirMetrics
import WeirModel
import WeirMonitoring
import WeirRuntime
import WeirService

/// What `/metrics` shows: all that is counted, gathered when it is asked for.
struct MetricsPage: Sendable {
    /// Where it is.
    static let path = "/metrics"

    /// The requests of the server.
    let requests = RequestMeters()
    private let services: RegionalServices
    private let series: MetricSeriesStore
    private let connections: ConnectionRegistry
    private let time: any TimeSource
    private let startedAt: (wallMilliseconds: Int64, monotonicNanoseconds: UInt64)

    init(services: RegionalServices, series: MetricSeriesStore, connections: ConnectionRegistry, time: any TimeSource) {
        self.services = services
        self.series = series
        self.connections = connections
        self.time = time
        startedAt = (time.wallMilliseconds, time.monotonicNanoseconds)
    }

    /// The page now.
    func text() async -> ByteBuffer {
        var regions: [RegionFigures] = []
        for case let service as KinesisService in services.all {
            // A store that is being closed has none.
            guard let figures = try? await service.figures() else { continue }
            regions.append(figures)
        }
        regions.sort { $0.region < $1.region }
        let now = time.monotonicNanoseconds
        var text = MetricText()
        text.write(regions, at: now)
        text.write(requests)
        text.write(connections.figures)
        text.begin("weir_uptime_seconds", .gauge, help: "Seconds since the server was started.")
        text.sample(value: Double(now - startedAt.monotonicNanoseconds) / 1_000_000_000)
        text.write(ProcessFigures.current, startedAt: Double(startedAt.wallMilliseconds) / 1000)
        text.write(series)
        return text.body
    }
}

extension MetricText {
    fileprivate mutating func write(_ connections: ConnectionRegistry.Figures) {
        begin("weir_connections", .gauge, help: "Open connections.")
        sample(value: Double(connections.open))
        begin("weir_connections_accepted_total", .counter, help: "Connections that were taken.")
        sample(value: Double(connections.accepted))
        begin("weir_connections_refused_total", .counter, help: "Connections closed at once: there were too many.")
        sample(value: Double(connections.refused))
    }
}
