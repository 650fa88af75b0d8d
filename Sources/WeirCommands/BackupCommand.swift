import ArgumentParser
import WeirClient
import WeirModel
import WeirWire

/// `weir backup`: a copy of a live data folder.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Have a running server copy its data folder, and wait for the copy.",
        discussion: """
            The server makes the copy in the folder that it was given with --backups, on its own machine, and goes on \
            serving. Everything acknowledged before is in it. The copy is a data folder: weir serve --data COPY serves it. \
            See docs/BACKUP.md.
            """
    )

    @Argument(help: "What the copy is called (default: a name made of the time).") var name: String?
    @Option(help: "Seconds to wait for it; the server goes on without us.") var timeout = 86_400
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (1...31_536_000).contains(timeout) else {
            throw ValidationError("--timeout is 1 to 31536000 seconds")
        }
    }

    func run() async throws {
        let made = try await client.requestBackup(named: name, within: timeout)
        try Console.standard.print(
            "\(made.folder): \(Self.count(made.streams, "stream")), \(Self.count(made.records, "record")), "
                + "\(made.bytes) bytes, \(Self.seconds(made.milliseconds)) s"
        )
    }

    private static func count(_ number: Int, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }

    /// Seconds with three decimals.
    static func seconds(_ milliseconds: Int64) -> String {
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}

extension ClientOptions {
    /// Has the server make a backup.
    fileprivate func requestBackup(named name: String?, within seconds: Int) async throws -> BackupResponse {
        var configuration = try configuration(for: .kinesis, environment: .process)
        configuration.requestTimeout = .seconds(seconds)
        return try await WeirClient.requestBackup(.init(name: name), configuration, logger: logger("weir.client"))
    }
}
