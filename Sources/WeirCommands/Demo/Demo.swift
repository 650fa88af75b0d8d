import Logging
import NIOCore
import Synchronization
import SystemPackage
import UnixSignals
import WeirClient
import WeirConsumer
import WeirProcess
import WeirProducer
import WeirRuntime
import WeirWire

/// The demo: a server and two worker processes, real events, and what goes wrong on purpose.
final class Demo: Sendable {
    static let stream = "flights"
    static let application = "flight-board"
    static let workers = ["worker-1", "worker-2"]
    static let failoverTime = 1000

    let lines: [ByteBuffer]
    let duration: Duration
    let isKept: Bool
    let screen: DemoScreen
    let time = SystemTime()
    let folder: DemoFolder
    let ledger = Mutex(DemoLedger())
    /// All deliveries in the order in which they were reported.
    let deliveries = Mutex<[DemoLedger.Delivery]>([])
    /// How many lines the producer may have put by now: it holds until the step before is done.
    let allowedLines = Mutex(0)
    let processes = DemoProcesses()
    /// The first error of anything that runs beside the story.
    let failure = Mutex<(any Error)?>(nil)
    let shares = Mutex(ShareTable(rows: []))
    let started: UInt64

    init(file: String, duration: Duration, isKept: Bool, screen: DemoScreen) throws {
        lines = try DemoFolder.lines(of: file)
        folder = try DemoFolder()
        self.duration = duration
        self.isKept = isKept
        self.screen = screen
        started = time.monotonicNanoseconds
    }

    /// Runs the demo. Returns whether nothing was lost and all was in order.
    func run() async throws -> Bool {
        defer { if !isKept { folder.remove() } }
        // Not a child task: with `isKept` the server goes on when everything else has ended.
        let server = Task { try await runServer() }
        return try await withTaskCancellationHandler {
            do {
                let passed = try await withStory()
                if !isKept {
                    processes.terminate(DemoProcesses.server)
                    _ = try await server.value
                }
                return passed
            } catch {
                server.cancel()
                _ = await server.result
                throw error
            }
        } onCancel: {
            server.cancel()
        }
    }

    private func withStory() async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                    throw CommandFailure("stopped by \(signal)")
                }
                return nil
            }
            group.addTask { try await self.story() }
            defer { group.cancelAll() }
            while let passed = try await group.next() {
                if let passed { return passed }
            }
            return false
        }
    }

    private func story() async throws -> Bool {
        let endpoint = try await waitForEndpoint()
        screen.tell("  1  weir serve   \(endpoint)   data in \(folder.data)")
        let configuration = ClientConfiguration(endpoint: endpoint, region: "us-east-1", credentials: .anonymous)
        let logger = Logger(label: "weir.demo", factory: { _ in SwiftLogNoOpLogHandler() })
        return try await CommandServices.withClients(configuration, logger: logger) { kinesis, dynamoDB in
            try await self.runSteps(
                DemoClients(kinesis: kinesis, dynamoDB: dynamoDB, endpoint: endpoint, logger: logger)
            )
        }
    }

    private func runServer() async throws {
        let termination = try await ChildProcess.run(
            DemoFolder.executable,
            arguments: ["serve", "--data", folder.data, "--port", "0", "--log-level", "warning"],
            output: .file(folder.serverLog),
            onStart: { self.processes.started(DemoProcesses.server, $0) }
        )
        guard !processes.ended(DemoProcesses.server) else { return }
        failure.withLock {
            if $0 == nil { $0 = CommandFailure("the server ended: \(termination); see \(folder.serverLog)") }
        }
    }

    private func waitForEndpoint() async throws -> String {
        var endpoint: String?
        try await wait(for: "the server to listen") {
            endpoint = self.folder.endpointInLog()
            return endpoint != nil
        }
        return endpoint ?? ""
    }

    /// Waits for a condition, and shows the state meanwhile.
    func wait(
        for what: String,
        within limit: Duration = .seconds(30),
        until condition: () async throws -> Bool
    ) async throws {
        let deadline = time.monotonicNanoseconds + UInt64(limit.components.seconds) * 1_000_000_000
        while try await !condition() {
            if let error = failure.withLock({ $0 }) { throw error }
            guard time.monotonicNanoseconds < deadline else { throw CommandFailure("gave up waiting for \(what)") }
            showState()
            try await time.sleep(for: .milliseconds(20))
        }
    }
}

/// What the steps of the demo call.
struct DemoClients: Sendable {
    var kinesis: KinesisClient
    var dynamoDB: DynamoDBClient
    var endpoint: String
    var logger: Logger
}

/// The processes that the demo has started, by name.
final class DemoProcesses: Sendable {
    static let server = "server"

    private struct State {
        var running: [String: ChildProcess] = [:]
        var expectedToEnd: Set<String> = []
    }

    private let state = Mutex(State())

    func started(_ name: String, _ process: ChildProcess) {
        state.withLock { state in
            state.running[name] = process
            state.expectedToEnd.remove(name)
        }
    }

    /// Returns whether it was meant to end.
    func ended(_ name: String) -> Bool {
        state.withLock { state in
            state.running[name] = nil
            return state.expectedToEnd.contains(name)
        }
    }

    func kill(_ name: String) { send(.kill, to: name) }
    func terminate(_ name: String) { send(.terminate, to: name) }

    func processID(_ name: String) -> Int32? { state.withLock { $0.running[name]?.processID } }
    func isRunning(_ name: String) -> Bool { processID(name) != nil }

    private func send(_ signal: ChildSignal, to name: String) {
        let process = state.withLock { state in
            state.expectedToEnd.insert(name)
            return state.running[name]
        }
        process?.send(signal)
    }
}
