import Configuration
import Logging
import WeirModel

/// What `weir serve` is told: by the command line, else the environment, else a file, else the defaults.
struct ServeConfiguration: Hashable, Sendable {
    /// A stream to create at the start when there is none of that name.
    struct InitialStream: Hashable, Sendable {
        var name: String
        var shardCount: Int
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
    var logLevel: Logger.Level

    /// Reads the settings.
    ///
    /// ## Configuration keys
    /// - `data` (string, optional, default `./weir-data`): the data folder.
    /// - `host` (string, optional, default `127.0.0.1`): the address to listen on.
    /// - `port` (int, optional, default 4567, 0 to 65,535): the port; 0 for a free one.
    /// - `create` (strings, or one with commas; optional): streams to create at the start, each `NAME:SHARDS`.
    /// - `event.loops` (int, optional, default: one a core, 1 to 1,024): threads that serve connections.
    /// - `log.level` (string, optional, default `info`): trace, debug, info, notice, warning, error or critical.
    init(config: ConfigReader) throws(Invalid) {
        data = try Self.string("data", default: "./weir-data", config)
        guard !data.isEmpty else { throw Invalid(description: "data: a folder is needed") }
        host = try Self.string("host", default: "127.0.0.1", config)
        port = try Self.int("port", 0...65_535, default: 4567, config)
        eventLoops = try Self.int("event.loops", 0...1024, default: 0, config)
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
