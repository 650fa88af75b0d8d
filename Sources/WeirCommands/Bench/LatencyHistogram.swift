import Histogram

/// Latencies in nanoseconds, to three significant digits (HDR histogram: http://hdrhistogram.org).
struct LatencyHistogram: Sendable {
    /// Longer ones count as this: an hour.
    private static let highest: UInt64 = 3_600_000_000_000
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1000,
        highestTrackableValue: LatencyHistogram.highest,
        numberOfSignificantValueDigits: .three
    )

    /// How many there are.
    var count: Int { Int(histogram.totalCount) }

    mutating func record(nanoseconds: UInt64, count: Int = 1) {
        histogram.record(min(nanoseconds, Self.highest), count: UInt64(count))
    }

    mutating func add(_ other: LatencyHistogram) { histogram.add(other.histogram) }

    /// The milliseconds that so many percent of all latencies do not exceed.
    func milliseconds(percentile: Double) -> Double {
        guard count > 0 else { return 0 }
        return Double(histogram.valueAtPercentile(percentile) / 1000) / 1000
    }

    /// The figures of a report.
    var percentiles: LatencyPercentiles {
        LatencyPercentiles(
            count: count,
            p50: milliseconds(percentile: 50),
            p90: milliseconds(percentile: 90),
            p99: milliseconds(percentile: 99),
            p999: milliseconds(percentile: 99.9),
            maximum: milliseconds(percentile: 100)
        )
    }
}

/// Percentiles of latencies, in milliseconds.
struct LatencyPercentiles: Codable, Hashable, Sendable {
    var count: Int
    var p50: Double
    var p90: Double
    var p99: Double
    var p999: Double
    var maximum: Double

    /// On one line.
    var text: String { "p50 \(p50) ms, p90 \(p90) ms, p99 \(p99) ms, p99.9 \(p999) ms, max \(maximum) ms" }
}
