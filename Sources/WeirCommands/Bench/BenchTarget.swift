import NIOCore
import WeirClient
import WeirModel
import WeirProcess
import WeirRuntime
import WeirWire

/// What is measured: a stream of its own at some endpoint.
struct BenchTarget: Sendable {
    let kinesis: KinesisClient
    let stream: String
    /// Where it is.
    let client: ClientOptions
    /// The process of the server, when it is ours.
    let serverProcessID: Int32?

    /// Makes a stream, on demand where that is asked for, runs the body with it, and deletes it again.
    static func withTarget(
        _ options: BenchOptions,
        connections: Int,
        isOnDemand: Bool = false,
        _ body: (BenchTarget) async throws -> Void
    ) async throws {
        guard options.client.endpoint == nil else {
            return try await withStream(options, options.client, connections, isOnDemand, serverProcessID: nil, body)
        }
        try await OwnServer.withServer { endpoint, processID in
            var client = options.client
            client.endpoint = endpoint
            try await withStream(options, client, connections, isOnDemand, serverProcessID: processID, body)
        }
    }

    private static func withStream(
        _ options: BenchOptions,
        _ client: ClientOptions,
        _ connections: Int,
        _ isOnDemand: Bool,
        serverProcessID: Int32?,
        _ body: (BenchTarget) async throws -> Void
    ) async throws {
        var configuration = try client.configuration(for: .kinesis, environment: .process)
        configuration.maximumConnections = connections
        // A refused or slow request is part of what is measured.
        configuration.retryPolicy = .none
        try await withKinesisClient(configuration, logger: client.logger("weir.client")) { kinesis in
            let stream = "weir-bench-\(UInt64.random(in: .min ... .max))"
            _ = try await kinesis.call(CreateStream.self, .init(streamName: stream, shardCount: options.shards))
            try await StreamReadiness.wait(for: stream, kinesis: kinesis)
            let target = BenchTarget(
                kinesis: kinesis,
                stream: stream,
                client: client,
                serverProcessID: serverProcessID
            )
            let result: Result<Void, any Error>
            do {
                if isOnDemand { try await target.switchToOnDemand() }
                result = .success(try await body(target))
            } catch {
                result = .failure(error)
            }
            _ = try? await kinesis.call(DeleteStream.self, .init(streamName: stream, enforceConsumerDeletion: true))
            try result.get()
        }
    }

    /// A stream that is made on demand has as many shards as the service likes; one that is switched keeps those it has.
    private func switchToOnDemand() async throws {
        let summary = try await kinesis.describeStreamSummary(stream)
        try await kinesis.updateStreamMode(streamARN: summary.streamARN, mode: .onDemand)
        try await StreamReadiness.wait(for: stream, kinesis: kinesis)
    }
}

/// A server of our own in a temporary folder.
enum OwnServer {
    /// Runs the body with the endpoint and the process ID of a server, which ends afterwards.
    static func withServer(_ body: (String, Int32?) async throws -> Void) async throws {
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
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(endpoint, processes.processID(DemoProcesses.server)))
        } catch {
            result = .failure(error)
        }
        processes.terminate(DemoProcesses.server)
        _ = await server.result
        try result.get()
    }
}
