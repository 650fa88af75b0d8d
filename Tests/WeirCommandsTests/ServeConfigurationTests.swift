import Configuration
import Logging
import Testing
import WeirModel

@testable import WeirCommands

@Suite struct ServeConfigurationTests {
    static func read(_ providers: [any ConfigProvider]) throws -> ServeConfiguration {
        try ServeConfiguration(config: ConfigReader(providers: providers))
    }

    @Test func defaults() throws {
        let configuration = try Self.read([InMemoryProvider(values: [:])])
        #expect(configuration.data == "./weir-data")
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 4567)
        #expect(configuration.create.isEmpty)
        #expect(configuration.logLevel == .info)
        #expect(configuration.account == "000000000000")
        #expect(configuration.region == "us-east-1")
        #expect(configuration.credentials == nil)
        #expect(configuration.limits == .off)
        #expect(!configuration.insecure && !configuration.allowsReset)
        #expect(configuration.accessLog == nil)
        #expect(configuration.encryptionKey == nil)
        #expect(configuration.tls == nil)
        #expect(configuration.bodyMemory == 256 << 20)
        #expect(configuration.maximumConnections == nil)
        #expect(configuration.transitionMilliseconds == 0)
        #expect(configuration.backups == nil)
        #expect(configuration.retentionHours == 24)
        #expect(configuration.durability == .always)
        #expect(configuration.compression == .none)
        #expect(configuration.segmentSize == 64 << 20)
        #expect(!configuration.buffersWrites && configuration.recentMemory == 32 << 20)
    }

    @Test func howTheLogUsesMemoryIsASetting() throws {
        let provider = InMemoryProvider(values: ["buffered.writes": true, "recent.memory": 512])
        let configuration = try Self.read([provider])
        #expect(configuration.buffersWrites && configuration.recentMemory == 512 << 20)
        #expect(try Self.read([InMemoryProvider(values: ["recent.memory": 0])]).recentMemory == 0)
        for wrong in [-1, (1 << 20) + 1] {
            #expect(throws: ServeConfiguration.Invalid.self) {
                try Self.read([InMemoryProvider(values: ["recent.memory": .init(.int(wrong), isSecret: false)])])
            }
        }
    }

    @Test func compressionIsASetting() throws {
        #expect(try Self.read([InMemoryProvider(values: ["compression": "zstd"])]).compression == .zstd)
        #expect(try Self.read([InMemoryProvider(values: ["compression": "none"])]).compression == .none)
        for text in ["gzip", "", "ZSTD", "zstd "] {
            #expect(throws: ServeConfiguration.Invalid.self) {
                try Self.read([InMemoryProvider(values: ["compression": .init(.string(text), isSecret: false)])])
            }
        }
    }

    @Test func durabilityAndSegmentSizeAreSettings() throws {
        let configuration = try Self.read([
            InMemoryProvider(values: ["durability": "interval:250", "segment.size": 1_048_576])
        ])
        #expect(configuration.durability == .interval(milliseconds: 250))
        #expect(configuration.segmentSize == 1 << 20)
        let greatest = try Self.read([InMemoryProvider(values: ["segment.size": 4_294_967_296])])
        #expect(greatest.segmentSize == 4 << 30)
    }

    @Test(arguments: [24, 8760]) func theRetentionOfNewStreamsIsASetting(hours: Int) throws {
        let value = ConfigValue(.int(hours), isSecret: false)
        #expect(try Self.read([InMemoryProvider(values: ["retention": value])]).retentionHours == hours)
        let environment = EnvironmentVariablesProvider(environmentVariables: ["WEIR_RETENTION": "\(hours)"])
        #expect(try Self.read([environment.prefixKeys(with: "weir")]).retentionHours == hours)
    }

    @Test func theMaximumOfConnectionsIsASetting() throws {
        #expect(try Self.read([InMemoryProvider(values: ["max.connections": 19_000])]).maximumConnections == 19_000)
        #expect(try Self.read([InMemoryProvider(values: ["max.connections": 0])]).maximumConnections == nil)
    }

    @Test func theCommandLineGoesBeforeTheEnvironment() throws {
        let environment = EnvironmentVariablesProvider(
            environmentVariables: [
                "WEIR_PORT": "1", "WEIR_DATA": "/d", "WEIR_CREATE": "a:1,b:2", "WEIR_LOG_LEVEL": "error",
            ]
        ).prefixKeys(with: "weir")
        let configuration = try Self.read([InMemoryProvider(values: ["port": 2]), environment])
        #expect(configuration.port == 2)
        #expect(configuration.data == "/d")
        #expect(configuration.create == [.init(name: "a", shardCount: 1), .init(name: "b", shardCount: 2)])
        #expect(configuration.logLevel == .error)
    }

    @Test(arguments: [
        ["WEIR_PORT": "http"], ["WEIR_PORT": "65536"], ["WEIR_PORT": "-1"], ["WEIR_CREATE": "flights"],
        ["WEIR_CREATE": "flights:0"], ["WEIR_CREATE": ":4"], ["WEIR_CREATE": "not allowed!:1"],
        ["WEIR_CREATE": "flights:100001"],
        ["WEIR_LOG_LEVEL": "loud"], ["WEIR_DATA": ""], ["WEIR_ACCOUNT": "1"], ["WEIR_ACCOUNT": "12345678901x"],
        ["WEIR_REGION": ""], ["WEIR_REGION": "EU"], ["WEIR_LIMITS": "gcp"], ["WEIR_CREDENTIALS": ""],
        ["WEIR_ACCESS_LOG": ""], ["WEIR_ALLOW_RESET": "perhaps"], ["WEIR_INSECURE": "2"],
        ["WEIR_TLS_CERTIFICATE": "/chain.pem"], ["WEIR_TLS_KEY": "/key.pem"],
        ["WEIR_TLS_CERTIFICATE": "", "WEIR_TLS_KEY": "/key.pem"], ["WEIR_BODY_MEMORY": "15"],
        ["WEIR_MAX_CONNECTIONS": "-1"], ["WEIR_MAX_CONNECTIONS": "1048577"], ["WEIR_MAX_CONNECTIONS": "many"],
        ["WEIR_ACCESS_LOG": ""], ["WEIR_TRANSITION_TIME": "-1"], ["WEIR_TRANSITION_TIME": "3600001"],
        ["WEIR_TRANSITION_TIME": "soon"], ["WEIR_ALLOW_RESET": "perhaps"], ["WEIR_INSECURE": "2"],
        ["WEIR_BACKUPS": ""], ["WEIR_DURABILITY": "sometimes"], ["WEIR_DURABILITY": "interval:0"],
        ["WEIR_RETENTION": "23"], ["WEIR_RETENTION": "8761"], ["WEIR_RETENTION": "1d"],
        ["WEIR_SEGMENT_SIZE": "1048575"], ["WEIR_SEGMENT_SIZE": "4294967297"],
    ])
    func whatMakesNoSenseIsRefused(_ variables: [String: String]) {
        let environment = EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: "weir")
        #expect(throws: ServeConfiguration.Invalid.self) { try Self.read([environment]) }
    }

    private static func strings(_ texts: String...) -> ConfigValue {
        ConfigValue(.stringArray(texts), isSecret: false)
    }

    /// A file says the type of a value, which may be another than the one that is wanted.
    @Test(
        arguments: [
            ["port": "abc"], ["port": true], ["data": 5], ["host": strings("a", "b")], ["create": 7],
            ["create": ConfigValue(.intArray([1, 2]), isSecret: false)],
            ["log.level": true],
        ] as [[AbsoluteConfigKey: ConfigValue]]
    )
    func aValueOfAnotherTypeIsRefused(_ values: [AbsoluteConfigKey: ConfigValue]) {
        #expect(throws: ServeConfiguration.Invalid.self) { try Self.read([InMemoryProvider(values: values)]) }
    }

    @Test(arguments: [["create": strings("a:1", "b:2")], ["create": "a:1,b:2"]] as [[AbsoluteConfigKey: ConfigValue]])
    func streamsAreAListOrOneText(_ values: [AbsoluteConfigKey: ConfigValue]) throws {
        let configuration = try Self.read([InMemoryProvider(values: values)])
        #expect(configuration.create == [.init(name: "a", shardCount: 1), .init(name: "b", shardCount: 2)])
    }

    @Test func accountsRegionsLimitsAndLogsAreRead() throws {
        let environment = EnvironmentVariablesProvider(
            environmentVariables: [
                "WEIR_ACCOUNT": "123456789012", "WEIR_REGION": "eu-central-1", "WEIR_CREDENTIALS": "/keys.json",
                "WEIR_LIMITS": "aws", "WEIR_ALLOW_RESET": "true", "WEIR_ACCESS_LOG": "-",
                "WEIR_ENCRYPTION_KEY": "/weir.key",
                "WEIR_METRICS_TOKEN": "/token", "WEIR_BACKUPS": "/backups",
                "WEIR_TLS_CERTIFICATE": "/chain.pem", "WEIR_TLS_KEY": "/key.pem", "WEIR_BODY_MEMORY": "16",
            ]
        ).prefixKeys(with: "weir")
        let configuration = try Self.read([environment])
        #expect(configuration.account == "123456789012")
        #expect(configuration.region == "eu-central-1")
        #expect(configuration.credentials == "/keys.json")
        #expect(configuration.limits == .aws)
        #expect(configuration.allowsReset)
        #expect(configuration.accessLog == "-")
        #expect(configuration.encryptionKey == "/weir.key")
        #expect(configuration.metricsToken == "/token")
        #expect(configuration.backups == "/backups")
        #expect(configuration.tls == .init(certificate: "/chain.pem", key: "/key.pem"))
        #expect(configuration.bodyMemory == 16 << 20)
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) func thisMachineIsTrusted(host: ConfigValue) throws
    {
        _ = try Self.read([InMemoryProvider(values: ["host": host])])
    }

    @Test(arguments: [
        "0.0.0.0", "::", "192.168.1.5", "127.0.0.1.example.com", "127.0.0", "128.0.0.1", "localhost.example.com",
        "host",
    ])
    func nobodyElseIsWithoutCredentials(host: String) throws {
        let value = ConfigValue(.string(host), isSecret: false)
        let error = #expect(throws: ServeConfiguration.Invalid.self) {
            try Self.read([InMemoryProvider(values: ["host": value])])
        }
        #expect(error?.description.contains("Give --credentials FILE, or --insecure") == true)
        _ = try Self.read([InMemoryProvider(values: ["host": value, "insecure": true])])
        _ = try Self.read([InMemoryProvider(values: ["host": value, "credentials": "keys.json"])])
    }
}
