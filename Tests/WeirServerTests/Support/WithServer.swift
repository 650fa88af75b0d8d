import Logging
import WeirRuntime
import WeirStore
import WeirTestTools
import WeirWire

@testable import WeirServer

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension WeirServer.Configuration {
    /// A free port and one event loop.
    static var test: WeirServer.Configuration {
        var configuration = WeirServer.Configuration(port: 0, eventLoopCount: 1, shutdownTimeout: .seconds(60))
        // A test machine may stand still for a while.
        configuration.lingerTimeout = .seconds(30)
        return configuration
    }
}

/// Runs a server over fake services for the duration of a scope.
func withServer(
    _ configuration: WeirServer.Configuration = .test,
    services: [any ActionService] = [FakeService(), FakeService(service: .dynamoDB)],
    streams: any StreamStore = NoStreams(),
    _ body: (_ port: Int) async throws -> Void
) async throws {
    let server = WeirServer(
        configuration: configuration,
        services: services,
        streams: streams,
        time: SystemTime(),
        logger: quiet
    )
    try await runService(server) { try await body(try await server.port) }
}
