import Logging
import ServiceLifecycle
import UnixSignals
import WeirClient

/// Runs services until a signal asks for a clean end.
enum CommandServices {
    /// Runs services until SIGTERM or SIGINT, until one of them ends or fails, or until `until` returns; then they shut down
    /// gracefully.
    static func run(
        _ services: [any Service],
        until: (@Sendable () async -> Void)? = nil,
        logger: Logger
    ) async throws {
        var configurations = services.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0,
                successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup
            )
        }
        if let until {
            configurations.append(
                .init(service: EndingService(wait: until), successTerminationBehavior: .gracefullyShutdownGroup)
            )
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: configurations,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }

    /// Makes both clients of one endpoint.
    static func withClients<Result>(
        _ configuration: ClientConfiguration,
        logger: Logger,
        _ body: (KinesisClient, DynamoDBClient) async throws -> sending Result
    ) async throws -> sending Result {
        try await withKinesisClient(configuration, logger: logger) { kinesis in
            try await withDynamoDBClient(configuration, logger: logger) { dynamoDB in
                try await body(kinesis, dynamoDB)
            }
        }
    }
}

/// Ends when a condition has come, and the group with it.
private struct EndingService: Service {
    let wait: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await wait() }
    }
}
