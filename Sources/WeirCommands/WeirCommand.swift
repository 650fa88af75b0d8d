import ArgumentParser

/// The command line of Weir.
public struct WeirCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "Durable data streams that speak the Amazon Kinesis API.",
        discussion: """
            Endpoint, region and credentials come from the AWS environment variables and config files, or from the \
            options of each command; without any, commands talk to a Weir server on this machine \
            (http://127.0.0.1:4567).

            Exit status: 0 done; 1 it failed, and one line on standard error says why; 64 the command line was wrong.
            """,
        version: Version.text,
        subcommands: [
            ServeCommand.self, StreamCommand.self, QueueCommand.self, PutCommand.self, TailCommand.self,
            ConsumeCommand.self,
            WorkersCommand.self, DeadLettersCommand.self, BackupCommand.self, LogCommand.self, BenchCommand.self,
            DemoCommand.self,
            DemoWorkerCommand.self,
        ]
    )

    /// A command to parse.
    public init() {}
}

/// The version of this build.
enum Version {
    static let text = "0.1.0"
}
