import ArgumentParser
import Logging
import NIOCore
import WeirLog
import WeirModel
import WeirRuntime
import WeirStore

/// `weir bench log`: the log alone, without a server.
struct BenchLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Measure the log alone: one producer appends, and each append is acknowledged after fdatasync.",
        discussion: """
            The producer keeps a window of records in flight and hands in the next as soon as some are acknowledged, as one \
            append. The log is trimmed meanwhile, and writes over its old segments, as it does in the long run. One line for \
            each window. The files are made in a folder of their own below --folder and removed again.
            """
    )

    @Option(help: "The folder below which the log is made (default: the folder for temporary files).") var folder:
        String?
    @Option(help: "Bytes of each record.") var size = 1024
    @Option(help: "Records in flight; may be repeated.") var window: [Int] = [1, 16, 1000]
    @Option(help: "Lanes (shards) that the records go to in turn.") var lanes: UInt32 = 4
    @Flag(help: "Write each segment to a new file instead of over a trimmed one.") var newFiles = false
    @Option(help: "When an append is acknowledged: always, or interval:MS, before it is synced.")
    var durability = Durability.always.description
    @Option(help: "Seconds for each window.") var duration = 2.0
    @Option(help: "Write the figures as JSON to a file; - for standard output instead of the text.") var json: String?

    func validate() throws {
        guard (0...(16 << 20)).contains(size), window.allSatisfy({ $0 > 0 }), lanes > 0, duration > 0 else {
            throw ValidationError("--size is 0 to 16 MiB, the others more than 0")
        }
        guard Durability(durability) != nil else { throw ValidationError("--durability is \(Durability.grammar)") }
    }

    func run() async throws {
        var reports: [BenchReport] = []
        for window in window {
            let scratch = try DemoFolder(in: folder)
            defer { scratch.remove() }
            reports.append(try await measure(window, directory: scratch.data))
        }
        try BenchReport.publish(reports, json: json)
    }

    private func measure(_ window: Int, directory: String) async throws -> BenchReport {
        let pool = LogWriterPool(threads: 1)
        let logger = Logger(label: "weir.bench", factory: { _ in SwiftLogNoOpLogHandler() })
        let result: Result<BenchReport, any Error>
        do {
            let durability = Durability(durability) ?? .always
            var options = LogOptions()
            options.durability = LogDurability(durability)
            let log = try Log.open(directory: directory, pool: pool, options: options, logger: logger)
            let producer = LogProducer(
                log: log,
                window: window,
                size: size,
                lanes: lanes,
                keepsSegments: newFiles
            )
            try await producer.warmUp()
            _ = try await producer.run(seconds: duration / 5)
            let before = ProcessorUse.now(processIDs: [])
            let run = try await producer.run(seconds: duration)
            let after = ProcessorUse.now(processIDs: [])
            await log.close()
            result = .success(
                BenchReport(
                    title: "log, \(size) bytes, \(window) in flight, \(lanes) lanes"
                        + (durability == .always ? "" : ", \(durability)"),
                    records: run.latency.count,
                    requests: run.latency.count,
                    seconds: run.seconds,
                    bytes: run.latency.count * size,
                    latency: run.latency.percentiles,
                    processorSeconds: before.flatMap { before in after.map { $0.ownSeconds(since: before) } },
                    foreignShare: before.flatMap { before in after.map { $0.foreignShare(since: before) } }
                )
            )
        } catch {
            result = .failure(error)
        }
        await pool.shutdown()
        return try result.get()
    }
}
