import WeirMetrics

extension MetricText {
    /// Writes what PutMetricData brought.
    public mutating func write(_ store: MetricSeriesStore) {
        let (series, dropped) = store.snapshot
        // Names of dimensions may become the same; a page that had a series twice would be refused as a whole.
        let rows = Dictionary(series.map { ($0.key.labels, $0.value) }) { $0.merged(with: $1) }
            .map { (labels: $0.key, series: $0.value) }.sorted { $0.labels.text < $1.labels.text }
        begin("cloudwatch_metric", .summary, help: "Sum and sample count of what PutMetricData brought.")
        for row in rows {
            sample(row.labels, row.series.sum, suffix: "_sum")
            sample(row.labels, row.series.count, suffix: "_count")
        }
        begin("cloudwatch_metric_minimum", .gauge, help: "The least value that PutMetricData brought.")
        for row in rows { sample(row.labels, row.series.minimum) }
        begin("cloudwatch_metric_maximum", .gauge, help: "The greatest value that PutMetricData brought.")
        for row in rows { sample(row.labels, row.series.maximum) }
        begin("weir_cloudwatch_series", .gauge, help: "Series that PutMetricData made.")
        sample(value: Double(series.count))
        begin("weir_cloudwatch_dropped_data_total", .counter, help: "Data dropped because there are too many series.")
        sample(value: Double(dropped))
    }
}

extension MetricSeriesStore.Series {
    fileprivate func merged(with other: Self) -> Self {
        Self(
            sum: sum + other.sum,
            count: count + other.count,
            minimum: min(minimum, other.minimum),
            maximum: max(maximum, other.maximum)
        )
    }
}

extension MetricSeriesStore.Key {
    /// The labels of a series. A dimension's name becomes `dim_` and the name, in which `_` stands for what a label's
    /// name cannot have; where two become the same, later ones get a number. They are in the order of the labels' names, so
    /// that what is the same series to Prometheus has the same text.
    var labels: MetricLabels {
        let own = [
            (name: "region", value: region), (name: "namespace", value: nameSpace),
            (name: "metric", value: metricName), (name: "unit", value: unit),
        ]
        var labels: [(name: String, value: String)] = []
        var names: Set<String> = []
        for dimension in dimensions {
            let plain = "dim_" + Self.labelName(dimension.name)
            var name = plain
            var number = 2
            while !names.insert(name).inserted {
                name = "\(plain)_\(number)"
                number += 1
            }
            labels.append((name: name, value: dimension.value))
        }
        return MetricLabels(own + labels.sorted { $0.name < $1.name })
    }

    private static func labelName(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    byte
                default: UInt8(ascii: "_")
                }
            },
            as: UTF8.self
        )
    }
}
