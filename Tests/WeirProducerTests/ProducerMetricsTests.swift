import Foundation
import Logging
import MetricsTestKit
import NIOCore
import Testing
import WeirClient
import WeirModel

@testable import WeirProducer

private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

@Suite struct ProducerMetricsTests {
    private static let dimensions = [("stream", "flights")]

    private func total(_ metrics: TestMetrics, _ name: String, _ dimensions: [(String, String)] = []) -> Int64 {
        metrics.counterTotal(label: "weir.producer.\(name)", dimensions: Self.dimensions + dimensions)
    }

    @Test func whatBecomesOfRecordsAndCallsIsCounted() async throws {
        let metrics = TestMetrics()
        let kinesis = FakeKinesis { call, _ in
            switch call {
            case 0: .refuse([0], .provisionedThroughputExceeded)
            case 1: .fail(.internalFailure)
            default: .none
            }
        }
        var configuration = ProducerConfiguration()
        configuration.linger = .seconds(20)
        configuration.retryBaseDelay = .milliseconds(1)
        configuration.maximumRetryDelay = .milliseconds(4)
        try await withProducer(
            stream: "flights",
            client: kinesis,
            configuration: configuration,
            logger: quiet,
            metricsFactory: metrics
        ) { producer in
            let first = try await producer.enqueue(ByteBuffer(string: "abc"), partitionKey: "k1")
            let second = try await producer.enqueue(ByteBuffer(string: "d"), partitionKey: "k2")
            try await producer.flush()
            _ = (try await first.receipt(), try await second.receipt())
        }
        #expect(total(metrics, "records", [("outcome", "acknowledged")]) == 2)
        #expect(total(metrics, "bytes") == 8)
        #expect(total(metrics, "records.throttled") == 1)
        #expect(total(metrics, "records.repeated") == 2)
        #expect(total(metrics, "call.failures") == 1)
        #expect(try metrics.expectTimer("weir.producer.call.time", Self.dimensions).values.count == 2)
        let times = try metrics.expectTimer("weir.producer.record.time", Self.dimensions).values
        #expect(times.count == 2 && times.allSatisfy { $0 > 0 })
        #expect(try metrics.expectRecorder("weir.producer.batch.records", Self.dimensions).values == [2, 1, 1])
        #expect(metrics.labels == (try documented("weir.producer.")))
    }
}

/// The metrics that docs/METRICS.md lists, whose names begin so.
private func documented(_ prefix: String) throws -> Set<String> {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/METRICS.md")
    let page = String(decoding: try Data(contentsOf: url.standardizedFileURL), as: UTF8.self)
    let names = page.matches(of: /`(weir\.[a-z_.]+)`/).map { String($0.output.1) }
    return Set(names.filter { $0.hasPrefix(prefix) })
}

extension TestMetrics {
    fileprivate var labels: Set<String> {
        Set(counters.map(\.label) + timers.map(\.label) + recorders.map(\.label))
    }
}
