import Logging
import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirServer
import WeirStore

/// A Weir server that runs in this process, for tests: see ``withWeir(configuration:folderConfiguration:time:logger:isolation:_:)``.
public final class WeirInstance: Sendable {
    /// The data folder.
    public let folder: String
    private let configuration: WeirServer.Configuration
    private let folderConfiguration: DataFolder.Configuration
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// The port, the same after a restart; 0 before the first start.
        var port = 0
        var running: Running?
    }

    private struct Running {
        let data: RegionalDataFolder
        let server: WeirServer
        let task: Task<Void, any Error>
    }

    init(
        folder: String,
        configuration: WeirServer.Configuration,
        folderConfiguration: DataFolder.Configuration,
        time: any TimeSource,
        logger: Logger
    ) {
        self.folder = folder
        self.configuration = configuration
        self.folderConfiguration = folderConfiguration
        self.time = time
        self.logger = logger
    }

    /// The port that the server listens on.
    public var port: Int { state.withLock(\.port) }

    /// The URL of the server.
    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// What a client needs to call the server. The credentials are any.
    public var clientConfiguration: ClientConfiguration {
        ClientConfiguration(
            endpoint: endpoint,
            region: "us-east-1",
            credentials: .static(accessKeyID: "test", secretAccessKey: "test")
        )
    }

    /// Stops the server gracefully, closes its data folder, and starts it again on the same folder and port.
    public func restart() async throws {
        try await stop()
        try await start()
    }

    /// Removes all streams and tables of all regions, so that the next test finds the server empty. Does nothing when the
    /// server does not run.
    public func reset() async throws {
        try await state.withLock(\.running)?.server.reset()
    }

    /// Opens the data folder and listens. Does nothing when the server runs.
    func start() async throws {
        guard state.withLock({ $0.running == nil }) else { return }
        let data = try await RegionalDataFolder.open(
            path: folder,
            configuration: folderConfiguration,
            time: time,
            logger: logger
        )
        var configuration = configuration
        configuration.port = port
        let server = WeirServer(
            configuration: configuration,
            regions: data,
            time: time,
            logger: logger
        )
        let task = Task { try await server.run() }
        do {
            let port = try await server.port
            state.withLock { state in
                state.port = port
                state.running = Running(data: data, server: server, task: task)
            }
        } catch {
            task.cancel()
            await data.close()
            throw error
        }
    }

    /// Finishes the requests in flight, stops listening and closes the data folder. Does nothing when the server does not
    /// run.
    func stop() async throws {
        let running = state.withLock { state in
            defer { state.running = nil }
            return state.running
        }
        guard let running else { return }
        running.task.cancel()
        let result = await running.task.result
        await running.data.close()
        try result.get()
    }
}
