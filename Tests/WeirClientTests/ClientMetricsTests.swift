import Foundation
import MetricsTestKit
import Testing
import WeirWire

@testable import WeirClient

@Suite struct ClientMetricsTests {
    @Test func everyMetricIsInTheDocument() throws {
        let metrics = TestMetrics()
        _ = ClientMetrics(service: .kinesis, factory: metrics).action("GetRecords")
        _ = CredentialMetrics(factory: metrics)
        #expect(metrics.labels == (try documented("weir.client.")))
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
