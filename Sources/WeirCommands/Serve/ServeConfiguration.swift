import Configuration
import Logging
import WeirLog
import WeirModel

/// What `weir serve` is told: by the command line, else the environment, else a file, else the defaults.
struct ServeConfiguration: Hashable, Sendable {
    /// A stream to create at the start when there is none of that name.
    struct InitialStream: Hashable, Sendable {
        var name: String
        var shardCount: Int
    }

    /// With what the server speaks TLS.
    struct TLSFiles: Hashable, Sendable {
        var certificate: String
        var key: String
    }

    /// A setting that makes no sense.
    struct Invalid: Error, CustomStringConvertible {
        var description: String
    }

    var data: String
    var host: String
    var port: Int
    var create: [InitialStream]
    var eventLoops: Int
    /// Connections at a time, at most; nil for what the limit of open files allows.
    var maximumConnections: Int?
    var logLevel: Logger.Level
    var account: String
    var region: String
    /// The file of the access keys; nil when nobody is asked for credentials.
    var credentials: String?
    var insecure: Bool
    /// The files of the certificate and its key; nil for clear text.
    var tls: TLSFiles?
    var limits: LimitEnforcement
    /// Bytes of request bodies that are held at a time.
    var bodyMemory: Int
    var allowsReset: Bool
    /// The access log's file, or `-` for standard output; nil for none.
    var accessLog: String?
    /// The file of the master key; nil for the data folder's own.
    var encryptionKey: String?
    /// The file of the token with which `/metrics` is read; nil for none.
    var metricsToken: String?
    /// Milliseconds that streams and consumers stay in a state.
    var transitionMilliseconds: Int
    /// Whether streams in provisioned mode may have queues.
    var allowsQueuesOnProvisionedStreams: Bool
    /// The folder of the backups; nil where none may be made.
    var backups: String?
    /// Hours that the records of new streams are kept.
    var retentionHours: Int
    /// When puts are acknowledged, to streams whose tags do not say otherwise.
    var durability: Durability
    /// Whether full files of logs are compressed, of streams whose tags do not say otherwise.
    var compression: Compression
    /// Bytes at which a segment of a log is ended, of streams whose tags do not say otherwise.
    var segmentSize: Int
    /// Whether the log is written through the page cache in any case.
    var buffersWrites: Bool
    /// Bytes of the newest records that are kept in memory.
    var recentMemory: Int

    /// Reads the settings.
    ///
    /// ## Configuration keys
    /// - `data` (string, optional, default `./weir-data`): the data folder.
    /// - `host` (string, optional, default `127.0.0.1`): the address to listen on.
    /// - `port` (int, optional, default 4567, 0 to 65,535): the port; 0 for a free one.
    /// - `create` (strings, or one with commas; optional): streams to create at the start, each `NAME:SHARDS`.
    /// - `event.loops` (int, optional, default: one a core, 1 to 1,024): threads that serve connections.
    /// - `account` (string, optional, default `000000000000`): the account that owns streams and tables, twelve digits.
    /// - `region` (string, optional, default `us-east-1`): the region of those who name none.
    /// - `credentials` (string, optional): the file of the access keys. Without it nobody is asked for credentials.
    /// - `insecure` (bool, optional, default false): listen beyond this machine without credentials.
    /// - `tls.certificate` (string, optional): the file of the server's certificate chain, in PEM. Without it the server
    ///   speaks clear text.
    /// - `tls.key` (string, needed with `tls.certificate`): the file of the certificate's key, in PEM.
    /// - `limits` (string, optional, default `off`): `aws` enforces the limits of Amazon Kinesis on rates.
    /// - `body.memory` (int, optional, default 256, 16 to 1,048,576): MiB of request bodies that are held at a time.
    /// - `allow.reset` (bool, optional, default false): `POST /_weir/reset` removes all streams and tables.
    /// - `access.log` (string, optional): the file of the access log, `-` for standard output.
    /// - `encryption.key` (string, optional): the file of the master key; without it the data folder has its own.
    /// - `metrics.token` (string, optional): the file of the token with which `/metrics` is read.
    /// - `transition.time` (int, optional, default 0, 0 to 3,600,000): milliseconds that streams and consumers stay in a state.
    /// - `queues.on.provisioned` (bool, optional, default false): whether streams in provisioned mode may have queues.
    /// - `backups` (string, optional): the folder in which `POST /_weir/backup` makes copies of the data folder.
    /// - `retention` (int, optional, default 24, 24 to 8,760): hours that the records of new streams are kept.
    /// - `durability` (string, optional, default `always`): when puts are acknowledged; `interval:MS` for before they are synced.
    /// - `compression` (string, optional, default `none`): `zstd` compresses the full files of logs in the background.
    /// - `segment.size` (int, optional, default 67,108,864, 1,048,576 to 4,294,967,296): bytes of a log's segments.
    /// - `buffered.writes` (bool, optional, default false): writes the log through the page cache, and never around it.
    /// - `recent.memory` (int, optional, default 32, 0 to 1,048,576): MiB of the newest records that are kept in memory.
    /// - `log.level` (string, optional, default `info`): trace, debug, info, notice, warning, error or critical.
    init(config: ConfigReader) throws(Invalid) {
        data = try Self.string("data", default: "./weir-data", config)
        guard !data.isEmpty else { throw Invalid(description: "data: a folder is needed") }
        host = try Self.string("host", default: "127.0.0.1", config)
        port = try Self.int("port", 0...65_535, default: 4567, config)
        eventLoops = try Self.int("event.loops", 0...1024, default: 0, config)
        let connections = try Self.int("max.connections", 0...(1 << 20), default: 0, config)
        maximumConnections = connections > 0 ? connections : nil
        var streams: [InitialStream] = []
        for text in try Self.strings("create", config) { streams.append(try Self.stream(text)) }
        create = streams
        let level = try Self.string("log.level", default: "info", config)
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw Invalid(
                description:
                    "log.level: '\(level)' is no log level; one of trace, debug, info, notice, warning, error, critical"
            )
        }
        self.logLevel = logLevel
        account = try Self.string("account", default: "000000000000", config)
        guard AccountID.isValid(account) else {
            throw Invalid(description: "account: '\(account)' is no account; an account has twelve digits")
        }
        region = try Self.string("region", default: "us-east-1", config)
        guard RegionName.isValid(region) else {
            throw Invalid(description: "region: '\(region)' is no region; a region is like eu-central-1")
        }
        credentials = try Self.path("credentials", config)
        insecure = try Self.bool("insecure", config)
        tls = try Self.tlsFiles(config)
        let limits = try Self.string("limits", default: LimitEnforcement.off.rawValue, config)
        guard let enforcement = LimitEnforcement(rawValue: limits) else {
            throw Invalid(description: "limits: '\(limits)' is not known; one of off, aws")
        }
        self.limits = enforcement
        let defaultMemory = Limits.maximumBodyMemoryInBytes >> 20
        bodyMemory = try Self.int("body.memory", 16...(1 << 20), default: defaultMemory, config) << 20
        allowsReset = try Self.bool("allow.reset", config)
        accessLog = try Self.path("access.log", config)
        encryptionKey = try Self.path("encryption.key", config)
        metricsToken = try Self.path("metrics.token", config)
        transitionMilliseconds = try Self.int("transition.time", 0...3_600_000, default: 0, config)
        allowsQueuesOnProvisionedStreams = try Self.bool("queues.on.provisioned", config)
        backups = try Self.path("backups", config)
        retentionHours = try Self.int(
            "retention",
            Limits.retentionHours,
            default: Limits.minimumRetentionHours,
            config
        )
        let durability = try Self.string("durability", default: Durability.always.description, config)
        guard let known = Durability(durability) else {
            throw Invalid(description: "durability: '\(durability)' is not known; it is \(Durability.grammar)")
        }
        self.durability = known
        compression = try Self.compression(config)
        segmentSize = try Self.int(
            "segment.size",
            Limits.segmentSizeInBytes,
            default: LogOptions().segmentSizeInBytes,
            config
        )
        buffersWrites = try Self.bool("buffered.writes", config)
        recentMemory = try Self.int("recent.memory", 0...(1 << 20), default: 32, config) << 20
        try refuseOpenDoor()
    }

    private static func compression(_ config: ConfigReader) throws(Invalid) -> Compression {
        let text = try string("compression", default: Compression.none.description, config)
        if let compression = Compression(text) { return compression }
        throw Invalid(description: "compression: '\(text)' is not known; it is \(Compression.grammar)")
    }

    /// Whoever reaches a server that asks nobody for credentials may read and delete everything.
    private func refuseOpenDoor() throws(Invalid) {
        guard credentials == nil, !insecure, !Self.isLoopback(host) else { return }
        throw Invalid(
            description: """
                host: \(host) can be reached from other machines, and nobody would be asked for credentials: whoever \
                connects could read and delete all streams. Give --credentials FILE, or --insecure where every machine \
                that can connect is trusted.
                """
        )
    }

    /// Whether only this machine reaches an address.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    private static func tlsFiles(_ config: ConfigReader) throws(Invalid) -> TLSFiles? {
        let certificate = try path("tls.certificate", config)
        let key = try path("tls.key", config)
        guard let certificate, let key else {
            guard certificate == nil, key == nil else {
                throw Invalid(description: "tls: both files are needed, tls.certificate and tls.key")
            }
            return nil
        }
        return TLSFiles(certificate: certificate, key: key)
    }

    private static func path(_ key: ConfigKey, _ config: ConfigReader) throws(Invalid) -> String? {
        guard isThere(key, config) else { return nil }
        let path = try string(key, default: "", config)
        guard !path.isEmpty else { throw Invalid(description: "\(key): a file is needed") }
        return path
    }

    private static func bool(_ key: ConfigKey, _ config: ConfigReader) throws(Invalid) -> Bool {
        if let value = config.bool(forKey: key) { return value }
        guard !isThere(key, config) else { throw Invalid(description: "\(key): neither true nor false") }
        return false
    }

    private static func int(
        _ key: ConfigKey,
        _ range: ClosedRange<Int>,
        default standard: Int,
        _ config: ConfigReader
    ) throws(Invalid) -> Int {
        guard let value = config.int(forKey: key) else {
            guard !isThere(key, config) else { throw Invalid(description: "\(key): not a whole number") }
            return standard
        }
        guard range.contains(value) else {
            throw Invalid(description: "\(key): \(value) is not in \(range.lowerBound) … \(range.upperBound)")
        }
        return value
    }

    private static func string(
        _ key: ConfigKey,
        default standard: String,
        _ config: ConfigReader
    ) throws(Invalid) -> String {
        if let value = config.string(forKey: key) { return value }
        guard !isThere(key, config) else { throw Invalid(description: "\(key): not a text") }
        return standard
    }

    private static func strings(_ key: ConfigKey, _ config: ConfigReader) throws(Invalid) -> [String] {
        if let values = config.stringArray(forKey: key) { return values }
        if let value = config.string(forKey: key) { return value.split(separator: ",").map(String.init) }
        guard !isThere(key, config) else { throw Invalid(description: "\(key): not a list of texts") }
        return []
    }

    /// Whether there is a value of any type: one of the wrong type must not be passed over for the default.
    private static func isThere(_ key: ConfigKey, _ config: ConfigReader) -> Bool {
        config.string(forKey: key) != nil || config.int(forKey: key) != nil || config.double(forKey: key) != nil
            || config.bool(forKey: key) != nil || config.stringArray(forKey: key) != nil
            || config.intArray(forKey: key) != nil || config.doubleArray(forKey: key) != nil
            || config.boolArray(forKey: key) != nil
    }

    private static func stream(_ text: String) throws(Invalid) -> InitialStream {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, isStreamName(parts[0]), let count = Int(parts[1]), count > 0,
            count <= Limits.maximumShardCount
        else { throw Invalid(description: "create: '\(text)' is not NAME:SHARDS, for example flights:4") }
        return InitialStream(name: String(parts[0]), shardCount: count)
    }

    private static func isStreamName(_ text: Substring) -> Bool {
        (1...Limits.maximumStreamNameLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
