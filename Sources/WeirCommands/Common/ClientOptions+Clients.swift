import Logging
import WeirClient
import WeirModel
import WeirWire

extension ClientOptions {
    /// Where a Weir server listens unless told otherwise.
    static let localEndpoint = "http://127.0.0.1:4567"

    /// Makes a Kinesis client for the body.
    func withKinesis<Result>(_ body: (KinesisClient) async throws -> sending Result) async throws -> sending Result {
        try await withKinesisClient(try configuration(for: .kinesis), logger: logger("weir.client"), body)
    }

    /// Makes a Kinesis client and one for the lease table for the body.
    func withServices<Result>(
        _ body: (KinesisClient, DynamoDBClient) async throws -> sending Result
    ) async throws -> sending Result {
        let streams = try configuration(for: .kinesis)
        var tables = try configuration(for: .dynamoDB)
        // Both of Amazon's: what is asked for credentials is asked once.
        if try Self.isAWS(streams), try Self.isAWS(tables) { tables.credentials = streams.credentials }
        let tableConfiguration = tables
        return try await withKinesisClient(streams, logger: logger("weir.client")) { kinesis in
            try await withDynamoDBClient(tableConfiguration, logger: logger("weir.client")) { dynamoDB in
                try await body(kinesis, dynamoDB)
            }
        }
    }

    private static func isAWS(_ configuration: ClientConfiguration) throws(ServiceError) -> Bool {
        guard let endpoint = configuration.endpoint else { return true }
        return try Endpoint(endpoint).isAWS
    }

    private func configuration(for service: WireService) throws(ServiceError) -> ClientConfiguration {
        try configuration(for: service, environment: .process)
    }

    /// The configuration: the options, else the environment and the files of AWS, else the server of this machine.
    func configuration(
        for service: WireService,
        environment: ClientEnvironment
    ) throws(ServiceError) -> ClientConfiguration {
        var environment = environment
        if let profile { environment = environment.overriding(["AWS_PROFILE": profile]) }
        if endpoint == "aws" { environment = environment.overriding(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) }
        var url = endpoint == "aws" ? nil : endpoint
        if endpoint == nil, try environment.endpoint(of: service) == nil { url = Self.localEndpoint }
        return try environment.configuration(for: service, endpoint: url, region: region, profile: profile)
    }
}
