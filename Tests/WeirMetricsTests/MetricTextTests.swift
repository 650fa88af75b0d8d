import NIOCore
import Testing

@testable import WeirMetrics

/// The text that Prometheus reads.
@Suite struct MetricTextTests {
    @Test func aFamilyIsWrittenWithItsSamples() {
        var text = MetricText()
        text.begin("weir_things_total", .counter, help: "Things, by \"kind\".\nAnd \\ more.")
        text.sample(MetricLabels([(name: "kind", value: "a")]), UInt64(3))
        text.sample(MetricLabels([(name: "kind", value: "b"), (name: "region", value: "x")]), 0.25)
        text.begin("weir_level", .gauge, help: "A level.")
        text.sample(value: -1)
        #expect(
            String(buffer: text.body) == #"""
                # HELP weir_things_total Things, by "kind".\nAnd \\ more.
                # TYPE weir_things_total counter
                weir_things_total{kind="a"} 3
                weir_things_total{kind="b",region="x"} 0.25
                # HELP weir_level A level.
                # TYPE weir_level gauge
                weir_level -1

                """#
        )
    }

    @Test func labelsAreEscaped() {
        let labels = MetricLabels([(name: "a", value: "quote \" back \\ line \n é")])
        #expect(labels.text == #"a="quote \" back \\ line \n é""#)
        #expect(MetricLabels().adding("b", "1").text == #"b="1""#)
        #expect(labels.adding("b", "\n").text.hasSuffix(#",b="\n""#))
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "0"), (3, "3"), (-2.5, "-2.5"), (0x1p53, "9007199254740992.0"),
        (0x1p53 - 1, "9007199254740991"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func numbersAreWrittenAsPrometheusReadsThem(number: Double, text: String) {
        #expect(MetricText.number(number) == text)
    }

    @Test func aHistogramIsCumulative() {
        var histogram = LatencyHistogram()
        for milliseconds: UInt64 in [1, 1, 2, 30, 9000] { histogram.observe(nanoseconds: milliseconds * 1_000_000) }
        var text = MetricText()
        text.begin("t", .histogram, help: "Time.")
        text.samples(MetricLabels([(name: "x", value: "y")]), histogram, nanosecondsPerUnit: 1_000_000)
        #expect(
            String(buffer: text.body) == """
                # HELP t Time.
                # TYPE t histogram
                t_bucket{x="y",le="0.5"} 0
                t_bucket{x="y",le="1"} 2
                t_bucket{x="y",le="2.5"} 3
                t_bucket{x="y",le="5"} 3
                t_bucket{x="y",le="10"} 3
                t_bucket{x="y",le="25"} 3
                t_bucket{x="y",le="50"} 4
                t_bucket{x="y",le="100"} 4
                t_bucket{x="y",le="250"} 4
                t_bucket{x="y",le="1000"} 4
                t_bucket{x="y",le="5000"} 4
                t_bucket{x="y",le="+Inf"} 5
                t_sum{x="y"} 9034
                t_count{x="y"} 5

                """
        )
    }

    @Test func histogramsAreAdded() {
        var first = LatencyHistogram()
        first.observe(nanoseconds: 1)
        var second = LatencyHistogram()
        second.observe(nanoseconds: 1_000_001)
        first.add(second)
        #expect(first.count == 2)
        #expect(first.sum == 1_000_002)
        #expect(first.counts[0] == 1)
        #expect(first.counts[2] == 1)
    }
}

/// The greatest number of the last one to two minutes.
@Suite struct RecentMaximumTests {
    private static let minute: UInt64 = 60_000_000_000

    @Test func nothingObservedIsNothing() { #expect(RecentMaximum().value(at: 5) == nil) }

    @Test func theMinuteUnderWayAndTheOneBeforeCount() {
        var maximum = RecentMaximum()
        maximum.observe(7, at: Self.minute)
        maximum.observe(3, at: Self.minute + 1)
        #expect(maximum.value(at: 2 * Self.minute - 1) == 7)
        maximum.observe(4, at: 2 * Self.minute)
        #expect(maximum.value(at: 3 * Self.minute - 1) == 7)
        #expect(maximum.value(at: 3 * Self.minute) == 4)
        #expect(maximum.value(at: 4 * Self.minute) == nil)
    }

    @Test func aPauseForgetsWhatWasBefore() {
        var maximum = RecentMaximum()
        maximum.observe(7, at: 0)
        maximum.observe(1, at: 10 * Self.minute)
        #expect(maximum.value(at: 10 * Self.minute) == 1)
    }
}
