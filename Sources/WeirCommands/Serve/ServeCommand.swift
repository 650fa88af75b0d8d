import ArgumentParser
import Configuration
import Logging
import SystemPackage
import WeirBytes
import WeirModel
import WeirRuntime
import WeirServer
import WeirStore

/// `weir serve`: the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Hold durable streams, and speak the Kinesis API and the lease tables' part of DynamoDB.",
        discussion: """
            Each option also comes from the environment (WEIR_DATA, WEIR_HOST, WEIR_PORT, WEIR_CREATE, \
            WEIR_EVENT_LOOPS, WEIR_LOG_LEVEL, WEIR_ACCOUNT, WEIR_REGION, WEIR_CREDENTIALS, WEIR_INSECURE, \
            WEIR_TLS_CERTIFICATE, WEIR_TLS_KEY, WEIR_LIMITS, WEIR_BODY_MEMORY, WEIR_ALLOW_RESET, WEIR_ACCESS_LOG, \
            WEIR_ENCRYPTION_KEY, WEIR_METRICS_TOKEN, WEIR_TRANSITION_TIME, WEIR_BACKUPS, WEIR_RETENTION, WEIR_DURABILITY, WEIR_COMPRESSION, \
            WEIR_SEGMENT_SIZE, WEIR_BUFFERED_WRITES, WEIR_RECENT_MEMORY) or from a JSON file (--config); the command line goes first, the file last.

            When it takes requests it prints one line with its URL to standard output. SIGTERM or Ctrl-C finishes what \
            is in flight and exits with status 0. SIGHUP reads the credentials file and the certificate, and opens the access \
            log again.
            """
    )

    /// What comes before the URL in the line that says that the server takes requests.
    static let listeningPrefix = "weir: listening on "

    @Option(help: "The data folder, which one server at a time may use (default: ./weir-data).") var data: String?
    @Option(help: "The address to listen on (default: 127.0.0.1).") var host: String?
    @Option(help: "The port; 0 for a free one (default: 4567).") var port: Int?
    @Option(help: "A stream to create unless it is there, NAME:SHARDS; may be repeated.") var create: [String] = []
    @Option(help: "Threads that serve connections (default: one a core).") var eventLoops: Int?
    @Option(
        help: """
            Connections at a time, at most (default: three quarters of the limit of open files, which is raised as far as \
            the system allows, and \(Limits.defaultMaximumConnectionCount) at most; the log needs two files for each \
            stream, and 256).
            """
    )
    var maxConnections: Int?
    @Option(help: "trace, debug, info, notice, warning, error or critical (default: info).") var logLevel: String?
    @Option(help: "The account that owns streams and tables, twelve digits (default: 000000000000).")
    var account: String?
    @Option(help: "The region of those who name none (default: us-east-1). Each region has its own streams and tables.")
    var region: String?
    @Option(help: "A JSON file of access keys with their policies: requests must be signed with one of them.")
    var credentials: String?
    @Flag(help: "Listen beyond this machine although nobody is asked for credentials.") var insecure = false
    @Option(help: "A PEM file of the server's certificate chain: the server speaks TLS, and nothing else.")
    var tlsCertificate: String?
    @Option(help: "A PEM file of the certificate's private key, which other users may not read.") var tlsKey: String?
    @Option(help: "aws: enforce the limits of Amazon Kinesis on rates, to test what happens then (default: off).")
    var limits: String?
    @Option(
        help: "MiB that request bodies, and what is made of them, take at a time; clients wait above it (default: 256)."
    )
    var bodyMemory: Int?
    @Flag(help: "POST /_weir/reset removes all streams and tables, for test suites.") var allowReset = false
    @Option(help: "Write a line of JSON for each request to a file; - for standard output.") var accessLog: String?
    @Option(help: "A file with a token: whoever sends it as a bearer token reads /metrics (docs/METRICS.md).")
    var metricsToken: String?
    @Option(
        help: """
            A file of 32 random bytes that the keys of encrypted streams are wrapped with (default: encryption.key in \
            the data folder, made when a stream is first encrypted).
            """
    )
    var encryptionKey: String?
    @Option(
        help: "The folder in which `weir backup` makes copies of the data folder; it must be there (docs/BACKUP.md)."
    )
    var backups: String?
    @Option(
        help: """
            Milliseconds that streams stay in CREATING, UPDATING and DELETING, and consumers in CREATING and DELETING \
            (default: 0, no longer than the work takes).
            """
    )
    var transitionTime: Int?
    @Flag(help: "Streams in provisioned mode may have queues too, which Amazon Kinesis refuses.")
    var queuesOnProvisioned = false
    @Option(
        help: """
            Hours that the records of new streams are kept, \(Limits.minimumRetentionHours) to \
            \(Limits.maximumRetentionHours); those of --create too. Streams that are there keep theirs, and \
            IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod change it (default: 24).
            """
    )
    var retention: Int?
    @Option(
        help: """
            When puts are acknowledged: always, once they are synced; or interval:MS, once they are written, and synced \
            MS milliseconds (1 to 60000) later. Then a power cut or a crash of the system loses what was acknowledged in \
            the last MS milliseconds and during one sync; a killed server loses nothing. The tag weir:durability of a \
            stream goes before it (default: always).
            """
    )
    var durability: String?
    @Option(
        help: """
            Whether the files of the log that are full are compressed: none, or zstd, in the background, and those of before \
            too; encrypted records do not become smaller. The tag weir:compression of a stream goes before it \
            (default: none).
            """
    )
    var compression: String?
    @Option(
        help: """
            Bytes at which a file of a log is ended and the next begun, 1 MiB to 4 GiB: what has aged out leaves by \
            whole files, and a start reads the last one of each stream. The tag weir:segment-size of a stream goes before it \
            (default: 67108864).
            """
    )
    var segmentSize: Int?
    @Flag(
        help: """
            Write the log through the page cache of the system, which keeps what was put for those who read it later, for \
            more than twice the work (default: around it where the file system can; docs/decisions/0064-direct-io.md).
            """
    )
    var bufferedWrites = false
    @Option(help: "MiB of the newest records that are kept in memory for their readers (default: 32).")
    var recentMemory: Int?
    @Option(
        help: """
            A JSON file with the same settings: data, host, port, create, event.loops, max.connections, log.level, account, \
            region, credentials, insecure, tls.certificate, tls.key, limits, body.memory, allow.reset, access.log, \
            encryption.key, metrics.token, transition.time, queues.on.provisioned, backups, retention, durability, compression, \
            segment.size, buffered.writes, recent.memory.
            """
    )
    var config: String?

    func run() async throws {
        FreedMemory.keepForReuse()
        OpenFileLimit.raise()
        let configuration = try ServeConfiguration(config: ConfigReader(providers: try await providers()))
        var logger = Logger(label: "weir", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = configuration.logLevel
        try await Serving(configuration: configuration, logger: logger).run()
    }

    private func providers() async throws -> [any ConfigProvider] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        if let data { values["data"] = .init(.string(data), isSecret: false) }
        if let host { values["host"] = .init(.string(host), isSecret: false) }
        if let port { values["port"] = .init(.int(port), isSecret: false) }
        if !create.isEmpty { values["create"] = .init(.stringArray(create), isSecret: false) }
        if let eventLoops { values["event.loops"] = .init(.int(eventLoops), isSecret: false) }
        if let maxConnections { values["max.connections"] = .init(.int(maxConnections), isSecret: false) }
        if let account { values["account"] = .init(.string(account), isSecret: false) }
        if let region { values["region"] = .init(.string(region), isSecret: false) }
        if let credentials { values["credentials"] = .init(.string(credentials), isSecret: false) }
        if insecure { values["insecure"] = .init(.bool(true), isSecret: false) }
        if let tlsCertificate { values["tls.certificate"] = .init(.string(tlsCertificate), isSecret: false) }
        if let tlsKey { values["tls.key"] = .init(.string(tlsKey), isSecret: false) }
        if let limits { values["limits"] = .init(.string(limits), isSecret: false) }
        if let bodyMemory { values["body.memory"] = .init(.int(bodyMemory), isSecret: false) }
        if allowReset { values["allow.reset"] = .init(.bool(true), isSecret: false) }
        if let accessLog { values["access.log"] = .init(.string(accessLog), isSecret: false) }
        if let encryptionKey { values["encryption.key"] = .init(.string(encryptionKey), isSecret: false) }
        if let metricsToken { values["metrics.token"] = .init(.string(metricsToken), isSecret: false) }
        if let transitionTime { values["transition.time"] = .init(.int(transitionTime), isSecret: false) }
        if queuesOnProvisioned { values["queues.on.provisioned"] = .init(.bool(true), isSecret: false) }
        if let backups { values["backups"] = .init(.string(backups), isSecret: false) }
        if let retention { values["retention"] = .init(.int(retention), isSecret: false) }
        if let durability { values["durability"] = .init(.string(durability), isSecret: false) }
        if let compression { values["compression"] = .init(.string(compression), isSecret: false) }
        if bufferedWrites { values["buffered.writes"] = .init(.bool(true), isSecret: false) }
        if let recentMemory { values["recent.memory"] = .init(.int(recentMemory), isSecret: false) }
        if let segmentSize { values["segment.size"] = .init(.int(segmentSize), isSecret: false) }
        if let logLevel { values["log.level"] = .init(.string(logLevel), isSecret: false) }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "command line", values: values),
            EnvironmentVariablesProvider().prefixKeys(with: "weir"),
        ]
        if let config {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(config)))
            } catch {
                throw CommandFailure("\(config): \(error)")
            }
        }
        return providers
    }
}
