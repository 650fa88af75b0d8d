import ArgumentParser
import NIOCore
import Synchronization
import WeirClient
import WeirProcess
import WeirRuntime
import WeirWire

/// `weir bench`: how fast an endpoint takes records.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast a server acknowledges records.",
        discussion: """
            Each of the connections puts one request after the other (closed loop), so the latencies are those of a \
            server that is as busy as the connections make it. Without --endpoint it measures a server of its own in a \
            temporary folder, which shares the processor with the load.
            """
    )

    @Option(help: "Records to put.") var records = 200_000
    @Option(help: "Bytes of data of each record.") var size = 1024
    @Option(help: "Records of a request: 1 uses PutRecord, more PutRecords.") var batch = 100
    @Option(help: "Requests in flight.") var connections = 8
    @Option(help: "Shards of the stream that is made and deleted again.") var shards = 4
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard records > 0, connections > 0, shards > 0, (1...500).contains(batch), (0...(1 << 20) - 64).contains(size)
        else { throw ValidationError("--batch is 1 to 500, --size 0 to 1 MiB less 64 bytes, the others at least 1") }
    }

    func run() async throws {
        if client.endpoint != nil {
            try await client.withKinesis { try await measure($0) }
            return
        }
        try await OwnServer.withServer { endpoint in
            var options = client
            options.endpoint = endpoint
            try await options.withKinesis { try await measure($0) }
        }
    }

    private func measure(_ kinesis: KinesisClient) async throws {
        let stream = "weir-bench-\(UInt64.random(in: .min ... .max))"
        _ = try await kinesis.call(CreateStream.self, .init(streamName: stream, shardCount: shards))
        try await StreamReadiness.wait(for: stream, kinesis: kinesis)
        // A first part of the load warms up connections and files, and is not counted.
        let load = BenchLoad(
            stream: stream,
            kinesis: kinesis,
            data: ByteBuffer(repeating: UInt8(ascii: "x"), count: size),
            batch: batch,
            connections: connections
        )
        _ = try await load.run(requests: max(1, records / batch / 10))
        let time = SystemTime()
        let requests = (records + batch - 1) / batch
        let start = time.monotonicNanoseconds
        let latencies = try await load.run(requests: requests)
        let seconds = Double(time.monotonicNanoseconds - start) / 1e9
        _ = try await kinesis.call(DeleteStream.self, .init(streamName: stream, enforceConsumerDeletion: true))
        let summary = LatencySummary(nanoseconds: latencies)
        try Console.standard.print(
            "\(requests * batch) records of \(size) bytes, \(batch) a request, \(connections) in flight, \(shards) shards"
        )
        try Console.standard.print(
            "\(Int(Double(requests * batch) / seconds)) records/s, \(Int(Double(requests) / seconds)) requests/s; "
                + "request latency p50 \(summary.text(0.5)), p99 \(summary.text(0.99)), max \(summary.text(1))"
        )
    }
}

/// The load of a measurement.
struct BenchLoad: Sendable {
    let stream: String
    let kinesis: KinesisClient
    let data: ByteBuffer
    let batch: Int
    let connections: Int

    /// Puts so many requests, and returns how long each took, in nanoseconds.
    func run(requests: Int) async throws -> [UInt64] {
        let remaining = Countdown(requests)
        return try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for connection in 0..<connections {
                group.addTask {
                    let time = SystemTime()
                    var latencies: [UInt64] = []
                    while remaining.take() {
                        let start = time.monotonicNanoseconds
                        try await put(key: "\(connection)-\(latencies.count)")
                        latencies.append(time.monotonicNanoseconds - start)
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func put(key: String) async throws {
        guard batch > 1 else {
            _ = try await kinesis.call(PutRecord.self, .init(streamName: stream, data: data, partitionKey: key))
            return
        }
        let entries = (0..<batch).map { PutRecordsRequestEntry(data: data, partitionKey: "\(key)-\($0)") }
        let answer = try await kinesis.call(PutRecords.self, .init(records: entries, streamName: stream))
        guard (answer.failedRecordCount ?? 0) == 0 else {
            throw CommandFailure("\(answer.failedRecordCount ?? 0) records of a request were refused: throttled?")
        }
    }
}

/// Work that several tasks share out.
private final class Countdown: Sendable {
    private let remaining: Atomic<Int>

    init(_ count: Int) { remaining = Atomic(count) }

    /// Takes one; false when there is none left.
    func take() -> Bool { remaining.subtract(1, ordering: .relaxed).newValue >= 0 }
}

/// Percentiles of latencies.
struct LatencySummary {
    private let sorted: [UInt64]

    init(nanoseconds: [UInt64]) { sorted = nanoseconds.sorted() }

    /// The smallest value that at least this part of all values do not exceed (nearest rank).
    func percentile(_ fraction: Double) -> UInt64 {
        guard !sorted.isEmpty else { return 0 }
        let rank = (fraction * Double(sorted.count)).rounded(.up)
        return sorted[min(sorted.count, max(1, Int(rank))) - 1]
    }

    func text(_ fraction: Double) -> String { "\(Double(percentile(fraction) / 10_000) / 100) ms" }
}

/// A server of our own in a temporary folder.
enum OwnServer {
    static func withServer(_ body: (String) async throws -> Void) async throws {
        let folder = try DemoFolder()
        defer { folder.remove() }
        let processes = DemoProcesses()
        let server = Task {
            defer { _ = processes.ended(DemoProcesses.server) }
            _ = try await ChildProcess.run(
                DemoFolder.executable,
                arguments: ["serve", "--data", folder.data, "--port", "0", "--log-level", "error"],
                output: .file(folder.serverLog),
                onStart: { processes.started(DemoProcesses.server, $0) }
            )
        }
        defer { server.cancel() }
        let time = SystemTime()
        let deadline = time.monotonicNanoseconds + 30_000_000_000
        var endpoint = folder.endpointInLog()
        while endpoint == nil, time.monotonicNanoseconds < deadline {
            try await time.sleep(for: .milliseconds(10))
            endpoint = folder.endpointInLog()
        }
        guard let endpoint else { throw CommandFailure("the server did not take requests within 30 s") }
        try await body(endpoint)
        processes.terminate(DemoProcesses.server)
        _ = await server.result
    }
}
