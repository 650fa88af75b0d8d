import Logging
import Synchronization
import WeirModel

/// What PutMetricData brought: a sum, a count, a least and a greatest value of each series, since the server was
/// started.
///
/// Memory is bounded: series beyond a number, and beyond a size of their names, are dropped and counted.
public final class MetricSeriesStore: Sendable {
    /// What tells a series from others.
    struct Key: Hashable, Sendable {
        var region: String
        var nameSpace: String
        var metricName: String
        var unit: String
        /// By their names.
        var dimensions: [Dimension]

        /// Bytes of all names and values.
        var size: Int {
            let own = region.utf8.count + nameSpace.utf8.count + metricName.utf8.count + unit.utf8.count
            return dimensions.reduce(own) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        }
    }

    /// What is kept of a series.
    struct Series: Hashable, Sendable {
        var sum: Double
        var count: Double
        var minimum: Double
        var maximum: Double
    }

    private struct State {
        var series: [Key: Series] = [:]
        var size = 0
        var dropped: UInt64 = 0
    }

    private let state = Mutex(State())
    private let maximumCount: Int
    private let maximumSize: Int
    private let logger: Logger

    /// No series.
    ///
    /// - Parameters:
    ///   - maximumCount: Series, at most.
    ///   - maximumSize: Bytes of the names of all series together, at most.
    ///   - logger: Is told, once, that series are dropped.
    public init(
        maximumCount: Int = Limits.maximumMetricSeriesCount,
        maximumSize: Int = Limits.maximumMetricSeriesSizeInBytes,
        logger: Logger
    ) {
        self.maximumCount = maximumCount
        self.maximumSize = maximumSize
        self.logger = logger
    }

    /// Adds data that were found to be valid.
    func add(_ data: [MetricDatum], nameSpace: String, region: String) {
        let isNews = state.withLock { state in
            let droppedBefore = state.dropped
            for datum in data {
                let key = Key(
                    region: region,
                    nameSpace: nameSpace,
                    metricName: datum.metricName,
                    unit: datum.unit,
                    dimensions: datum.dimensions
                )
                let isAdded = add(datum, key, &state)
                if !isAdded { state.dropped += 1 }
            }
            return droppedBefore == 0 && state.dropped > 0
        }
        guard isNews else { return }
        logger.warning(
            "too many metrics: data of further ones are dropped from now on",
            metadata: ["series.maximum": "\(maximumCount)", "series.bytes.maximum": "\(maximumSize)"]
        )
    }

    private func add(_ datum: MetricDatum, _ key: Key, _ state: inout State) -> Bool {
        guard let index = state.series.index(forKey: key) else {
            let size = key.size
            guard state.series.count < maximumCount, state.size + size <= maximumSize else { return false }
            state.size += size
            state.series[key] = Series(
                sum: datum.sum,
                count: datum.count,
                minimum: datum.minimum,
                maximum: datum.maximum
            )
            return true
        }
        state.series.values[index].sum += datum.sum
        state.series.values[index].count += datum.count
        state.series.values[index].minimum = min(state.series.values[index].minimum, datum.minimum)
        state.series.values[index].maximum = max(state.series.values[index].maximum, datum.maximum)
        return true
    }

    /// The series, and how many data were dropped.
    var snapshot: (series: [Key: Series], dropped: UInt64) { state.withLock { ($0.series, $0.dropped) } }
}
