import FoundationEssentials

/// The figures of a measurement.
struct BenchReport: Codable, Hashable, Sendable {
    /// What was measured, in words.
    var title: String
    /// Records that were acknowledged, or read.
    var records: Int
    /// Requests, or group commits' appends.
    var requests: Int
    /// Records whose put was refused, or reads that were, by error.
    var refused: [String: Int] = [:]
    /// Records that a consumer of a queue may have had in flight at a time.
    var inFlight: Int?
    /// Records of a queue that were received and had been before.
    var redelivered: Int?
    /// How long it took.
    var seconds: Double
    /// Bytes of data of the records.
    var bytes: Int
    /// How long requests took, from when they were due to the end of their answers.
    var latency: LatencyPercentiles
    /// From when a record was due to be put until a consumer had it.
    var delivery: LatencyPercentiles?
    /// From when the put of a record was acknowledged until a consumer had it; 0 where the consumer had it first.
    var deliverySinceAcknowledgement: LatencyPercentiles?
    /// Seconds of the processor that the load and our own server used.
    var processorSeconds: Double?
    /// Which part of the machine other processes used meanwhile: 0 to 1.
    var foreignShare: Double?

    var recordsPerSecond: Double { Double(records) / max(seconds, 1e-9) }

    /// The lines for people.
    var lines: [String] {
        var lines = [
            title,
            "\(Int(recordsPerSecond)) records/s, \(Self.text(Double(bytes) / max(seconds, 1e-9) / 1e6)) MB/s, "
                + "\(Int(Double(requests) / max(seconds, 1e-9))) requests/s over \(Self.text(seconds)) s",
            "latency  \(latency.text)",
        ]
        if let delivery { lines.append("delivery \(delivery.text), \(delivery.count) records") }
        if let late = deliverySinceAcknowledgement { lines.append("delivery behind the acknowledgement \(late.text)") }
        if let redelivered, redelivered > 0 { lines.append("redelivered \(redelivered) records") }
        for (error, count) in refused.sorted(by: { $0.key < $1.key }) {
            lines.append("refused  \(count): \(error)")
        }
        if let foreignShare, let processorSeconds {
            let others = "other processes used \(Self.text(foreignShare * 100)) % of the machine"
            let own = "\(Self.text(processorSeconds * 1e6 / Double(max(1, records)))) µs a record here"
            lines.append("processor \(own), \(others)")
        }
        return lines
    }

    /// Prints the lines of some measurements, and writes all of them as a JSON list where that is asked for.
    static func publish(_ reports: [BenchReport], json path: String?) throws {
        if path != "-" {
            for line in reports.flatMap(\.lines) { try Console.standard.print(line) }
        }
        guard let path else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(reports), as: UTF8.self)
        if path == "-" { return try Console.standard.print(text) }
        do {
            try (text + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure("\(path) cannot be written: \(error)")
        }
    }

    /// With one digit behind the point.
    static func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
