import Foundation
import NIOCore
import Testing
import WeirModel

@testable import WeirMetrics

/// What the text for Prometheus says of queues.
@Suite struct QueueMetricsTests {
    private func queue(_ number: Int) -> QueueFigures {
        var figures = QueueFigures(name: "q\(number)", resourceID: "id\(number)")
        figures.visible = number
        figures.oldestAgeMilliseconds = Int64(number) * 1500
        figures.counts.received = UInt64(number)
        return figures
    }

    private func text(_ queues: [QueueFigures]) -> String {
        var region = RegionFigures(
            region: "us-east-1",
            streamCount: 0,
            openShardCount: 0,
            subscriptionCount: 0,
            damagedRecordCount: 0,
            streams: []
        )
        region.queues = queues
        var text = MetricText()
        QueueMetrics([region]).write(to: &text)
        return String(buffer: text.body)
    }

    @Test func aQueueIsToldByNameAndID() {
        let text = text([queue(2)])
        let labels = #"{region="us-east-1",queue_name="q2",queue_id="id2"}"#
        #expect(text.contains("\naws_kinesis_received_queue_records_total\(labels) 2\n"))
        #expect(text.contains("\naws_kinesis_visible_queue_records\(labels) 2\n"))
        #expect(text.contains("\nweir_queue_oldest_record_age_seconds\(labels) 3\n"))
        #expect(self.text([]).isEmpty)
    }

    @Test func queuesBeyondANumberAreAddedTogether() {
        let queues = (1...Limits.maximumMeteredQueueCount + 2).map(queue)
        #expect(QueueMetrics.bounded(queues.dropLast(2)).last == queues[queues.count - 3])
        let bounded = QueueMetrics.bounded(queues)
        #expect(bounded.count == Limits.maximumMeteredQueueCount + 1)
        #expect(bounded.last?.name == "(other)" && bounded.last?.resourceID == "(other)")
        #expect(bounded.last?.visible == 2 * Limits.maximumMeteredQueueCount + 3)
        #expect(bounded.last?.counts.received == UInt64(2 * Limits.maximumMeteredQueueCount + 3))
        #expect(bounded.last?.oldestAgeMilliseconds == Int64(Limits.maximumMeteredQueueCount + 2) * 1500)
    }

    @Test func theDocumentNamesThemAll() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/METRICS.md")
        let document = try String(contentsOf: url, encoding: .utf8)
        let section = try #require(document.split(separator: "\n## ").first { $0.hasPrefix("Queues\n") })
        let documented = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap {
            $0.split(separator: "`").dropFirst().first.map(String.init)
        }
        let made = text([queue(1)]).split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
            String($0.split(separator: " ")[2])
        }
        #expect(documented.sorted() == made.sorted() && made.count == 15)
    }
}
