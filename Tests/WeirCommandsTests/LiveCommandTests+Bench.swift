import Testing
import WeirProcess

/// Measurements, as a shell runs them.
extension LiveCommandTests {
    @Test func benchMeasuresQueues() async throws {
        try await withShell { shell in
            let before = try await shell.run(
                """
                $WEIR bench queue --records 500 --consumers 1 --consumers 8 --in-flight 20 --size 100 --json $FOLDER/queue \
                --endpoint $AWS_ENDPOINT_URL && $WEIR stream list && cat $FOLDER/queue
                """
            )
            #expect(before.termination == .exited(0))
            #expect(before.lines.filter { $0.hasPrefix("queue 100 bytes, up to 10 a receive, ") }.count == 2)
            let report = before.lines.joined(separator: "\n")
            #expect(report.split(separator: "\"records\" : 500,").count == 3, "each queue gave each record")
            #expect(report.split(separator: "\"inFlight\" : 20,").count == 3)
            #expect(!report.contains("weir-bench-"), "its stream is gone")
            let wake = try await shell.run("$WEIR bench queue --wake --consumers 2 --duration 0.2 --json -")
            #expect(wake.termination == .exited(0))
            let figures = wake.lines.joined()
            #expect(figures.contains("\"records\" : 20,") && figures.contains("\"deliverySinceAcknowledgement\""))
        }
    }
}
