import Logging
import ServiceLifecycle
import UnixSignals
import WeirClient
import WeirConsumer
import WeirWire

/// `ExactlyOnce STREAM DATABASE`: one worker of the application "totals". Any number may run on one database; each record
/// counts once, whichever of them are killed and when.
@main
struct ExactlyOnce {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { throw Usage() }
        let logger = Logger(label: "exactly-once")
        let environment = ClientEnvironment.process
        let kinesis = try KinesisClient(configuration: environment.configuration(for: .kinesis), logger: logger)
        let dynamoDB = try DynamoDBClient(configuration: environment.configuration(for: .dynamoDB), logger: logger)
        let worker = ConsumerWorker(
            configuration: .init(applicationName: "totals", streamName: arguments[1]),
            kinesis: kinesis,
            leaseTable: dynamoDB,
            handler: try Totals(path: arguments[2]).handler,
            logger: logger
        )
        try await ServiceGroup(
            services: [kinesis, dynamoDB, worker],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        ).run()
    }

    struct Usage: Error, CustomStringConvertible {
        var description: String { "ExactlyOnce STREAM DATABASE" }
    }
}
