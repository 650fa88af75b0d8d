import ArgumentParser
import WeirConsumer
import WeirLog
import WeirModel
import WeirStore

/// `weir log verify`: reads every frame and says what is damaged.
struct LogVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the files of streams and queues, and check headers, footers and every record's checksum.",
        discussion: """
            A server may have the folder open. A torn tail is no damage: it is an append that was never acknowledged, that \
            is being written, or that was still to be synced when the power went (--durability interval). Of a queue, the state \
            that its log says is read too. Exit status 1 when something is damaged.
            """
    )

    @OptionGroup var selection: LogSelection
    @Flag(help: "A line for each segment, not only for each stream.") var segments = false

    func run() async throws {
        var table = TextTable([
            "STREAM", "SEGMENTS", "PACKED", "RECORDS", "BYTES", "ON DISK", "INDEXES", "OLDEST", "NEWEST", "STATE",
        ])
        var damages: [any CustomStringConvertible] = []
        for log in try selection.logs() {
            let reports = try LogInspector(directory: log.directory).inspect()
            let stream = log.region.map { "\($0)/\(log.streamID)" } ?? "\(log.streamID)"
            for part in segments ? reports.map({ [$0] }) : [reports] { table.add(Self.row(stream, part)) }
            damages += reports.flatMap(\.damages)
        }
        for log in try selection.queueLogs() {
            let report = try log.inspect()
            let queue = "queue " + (log.region.map { "\($0)/\(log.queueID)" } ?? "\(log.queueID)")
            for part in segments ? report.segments.map({ [$0] }) : [report.segments] {
                table.add(Self.row(queue, part, of: report))
            }
            damages += report.segments.flatMap(\.damages)
            if let damage = report.damage { damages.append("\(log.directory): \(damage)") }
        }
        for line in table.lines { try Console.standard.print(line) }
        for damage in damages { try Console.standard.print("damaged: \(damage)") }
        guard damages.isEmpty else {
            throw CommandFailure("\(damages.count) \(damages.count == 1 ? "place is" : "places are") damaged")
        }
    }

    private static func row(
        _ stream: String,
        _ reports: [SegmentReport],
        of queue: QueueLogReport? = nil
    ) -> [String] {
        // The entries of a queue have no times.
        let times = queue == nil ? reports.compactMap(\.timestamps) : []
        let oldest = times.map(\.lowerBound).min().map { Timestamp(millisecondsSinceEpoch: $0).iso8601 }
        let newest = times.map(\.upperBound).max().map { Timestamp(millisecondsSinceEpoch: $0).iso8601 }
        let damageCount = reports.reduce(0) { $0 + $1.damages.count }
        let first = reports.first?.baseIndex ?? 0
        let next = reports.last?.nextIndex ?? first
        var state = damageCount == 0 ? "ok" : "damaged: \(damageCount)"
        if let offset = reports.last?.tornTailOffset { state += ", torn tail at \(offset)" }
        if let queue, damageCount == 0 {
            state = queue.damage == nil ? state : "damaged: 1"
            if let count = queue.unacknowledgedCount { state += ", \(count) unacknowledged" }
        }
        return [
            stream, "\(reports.count)", "\(reports.count(where: \.isPacked))",
            "\(reports.reduce(0) { $0 + $1.entryCount })",
            "\(reports.reduce(0) { $0 + $1.frameBytes })", "\(reports.reduce(0) { $0 + $1.fileBytes })",
            next > first ? "\(first)-\(next - 1)" : "-", oldest ?? "-",
            newest ?? "-", state,
        ]
    }
}
