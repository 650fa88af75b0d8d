import Configuration
import Logging
import Testing

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
        ["WEIR_LOG_LEVEL": "loud"], ["WEIR_DATA": ""],
    ])
    func whatMakesNoSenseIsRefused(_ variables: [String: String]) {
        let environment = EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: "weir")
        #expect(throws: ServeConfiguration.Invalid.self) { try Self.read([environment]) }
    }
}
