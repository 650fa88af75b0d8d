import ArgumentParser
import Logging
import WeirClient
import WeirModel

/// The options of every command that talks to a server.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's URL, or 'aws' for Amazon's own.",
            discussion: """
                Default: AWS_ENDPOINT_URL_KINESIS (or _DYNAMODB), AWS_ENDPOINT_URL, endpoint_url of the profile, else \
                http://127.0.0.1:4567.
                """
        )
    )
    var endpoint: String?

    @Option(help: "The region. Default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, else us-east-1.")
    var region: String?

    @Option(help: "The profile of the AWS config files. Default: AWS_PROFILE, else 'default'.")
    var profile: String?

    @Option(help: "What goes to standard error: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .warning
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension ClientOptions {
    /// The same options, in the region of a stream that is named by its ARN, unless a region was chosen.
    func regional(to stream: String?) -> ClientOptions {
        guard region == nil, let stream, let arn = StreamARN(stream) else { return self }
        var options = self
        options.region = arn.region
        return options
    }

    /// A logger to standard error.
    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label, factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = logLevel
        return logger
    }
}
