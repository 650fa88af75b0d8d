import NIOCore
import Testing
import WeirMetrics
import WeirModel

@testable import WeirMonitoring

/// What is kept of data, and how much of it.
@Suite struct MetricSeriesTests {
    private func datum(_ name: String, _ dimensions: [Dimension] = [], value: Double = 1) -> MetricDatum {
        MetricDatum(
            metricName: name,
            dimensions: dimensions,
            unit: "None",
            sum: value,
            count: 1,
            minimum: value,
            maximum: value
        )
    }

    @Test func seriesBeyondTheNumberAreDroppedAndCounted() {
        let store = CloudWatchHarness(maximumCount: 2).store
        store.add([datum("a"), datum("b"), datum("c"), datum("a")], nameSpace: "n", region: "r")
        #expect(Set(store.snapshot.series.keys.map(\.metricName)) == ["a", "b"])
        #expect(store.snapshot.dropped == 1)
        #expect(store.snapshot.series.values.map(\.count).max() == 2)
    }

    @Test func seriesBeyondTheSizeAreDroppedAndCounted() {
        // Region, name space, metric and unit: 1, 1, 1 and 4 bytes.
        let store = CloudWatchHarness(maximumSize: 14).store
        store.add([datum("a"), datum("b"), datum("c")], nameSpace: "n", region: "r")
        #expect(store.snapshot.series.count == 2)
        #expect(store.snapshot.dropped == 1)
    }

    @Test func labelsOfDimensionsAreNamesToPrometheus() {
        let key = MetricSeriesStore.Key(
            region: "r",
            nameSpace: "n",
            metricName: "m",
            unit: "None",
            dimensions: [
                Dimension(name: "a b", value: "1"), Dimension(name: "a.b", value: "2"),
                Dimension(name: "a_b_2", value: "3"),
            ]
        )
        #expect(key.labels.text.hasSuffix(#"unit="None",dim_a_b="1",dim_a_b_2="2",dim_a_b_2_2="3""#))
    }

    @Test func seriesWithTheSameLabelsAreShownAsOne() {
        let store = CloudWatchHarness().store
        let data = [
            datum("m", [Dimension(name: "a-c", value: "1"), Dimension(name: "a.b", value: "2")], value: 3),
            datum("m", [Dimension(name: "a-b", value: "2"), Dimension(name: "a.c", value: "1")], value: 4),
        ]
        store.add(data, nameSpace: "n", region: "r")
        var text = MetricText()
        text.write(store)
        let lines = String(buffer: text.body).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let labels = #"{region="r",namespace="n",metric="m",unit="None",dim_a_b="2",dim_a_c="1"}"#
        #expect(
            lines == [
                "cloudwatch_metric_sum\(labels) 7", "cloudwatch_metric_count\(labels) 2",
                "cloudwatch_metric_minimum\(labels) 3", "cloudwatch_metric_maximum\(labels) 4",
                "weir_cloudwatch_series 2", "weir_cloudwatch_dropped_data_total 0",
            ]
        )
    }

    @Test func theSizeOfAKeyCountsAllOfIt() {
        let key = MetricSeriesStore.Key(
            region: "12",
            nameSpace: "123",
            metricName: "1234",
            unit: "12345",
            dimensions: [Dimension(name: "1", value: "12")]
        )
        #expect(key.size == 17)
    }
}
