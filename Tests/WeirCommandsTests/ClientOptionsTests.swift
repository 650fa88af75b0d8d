import ArgumentParser
import Testing
import WeirClient
import WeirSigning
import WeirWire

@testable import WeirCommands

@Suite struct ClientOptionsTests {
    static func options(_ arguments: [String]) throws -> ClientOptions { try ClientOptions.parse(arguments) }

    static func environment(_ variables: [String: String], config: String? = nil) -> ClientEnvironment {
        ClientEnvironment(variables: variables.merging(["HOME": "/home"]) { first, _ in first }) { path in
            path == "/home/.aws/config" ? config : nil
        }
    }

    @Test func withoutAnythingTheServerOfThisMachineIsMeant() throws {
        let configuration = try Self.options([]).configuration(for: .kinesis, environment: Self.environment([:]))
        #expect(configuration.endpoint == "http://127.0.0.1:4567")
        #expect(configuration.region == "us-east-1")
    }

    @Test func theOptionGoesBeforeTheEnvironment() throws {
        let environment = Self.environment(["AWS_ENDPOINT_URL": "http://there:1", "AWS_REGION": "eu-west-1"])
        let plain = try Self.options([]).configuration(for: .dynamoDB, environment: environment)
        #expect(plain.endpoint == "http://there:1")
        #expect(plain.region == "eu-west-1")
        let chosen = try Self.options(["--endpoint", "http://here:2", "--region", "eu-north-1"])
            .configuration(for: .dynamoDB, environment: environment)
        #expect(chosen.endpoint == "http://here:2")
        #expect(chosen.region == "eu-north-1")
    }

    @Test func awsMeansAmazonWhateverTheEnvironmentSays() throws {
        let environment = Self.environment(["AWS_ENDPOINT_URL": "http://there:1", "AWS_REGION": "eu-west-1"])
        let configuration = try Self.options(["--endpoint", "aws"])
            .configuration(for: .kinesis, environment: environment)
        #expect(configuration.endpoint == nil)
    }

    @Test func anExplicitProfileGoesBeforeTheKeysInTheEnvironment() async throws {
        let environment = Self.environment(
            ["AWS_ACCESS_KEY_ID": "THEIRS", "AWS_SECRET_ACCESS_KEY": "t", "AWS_SESSION_TOKEN": "t"],
            config: "[profile edge]\naws_access_key_id = OURS\naws_secret_access_key = o\n"
        )
        let chosen = try Self.options(["--profile", "edge", "--region", "eu-west-1", "--endpoint", "aws"])
            .configuration(for: .kinesis, environment: environment)
        let credentials = try await accessKey(of: chosen)
        #expect(credentials?.accessKeyID == "OURS")
        #expect(credentials?.sessionToken == nil)
        let plain = try Self.options(["--region", "eu-west-1"]).configuration(for: .kinesis, environment: environment)
        #expect(try await accessKey(of: plain)?.accessKeyID == "THEIRS")
    }

    private func accessKey(of configuration: ClientConfiguration) async throws -> Credentials? {
        guard case .found(let credentials) = try await configuration.credentials.credentials() else { return nil }
        return credentials
    }

    @Test func aProfileGivesItsEndpointAndRegion() throws {
        let environment = Self.environment(
            [:],
            config: "[profile edge]\nregion = eu-south-1\nendpoint_url = http://edge:3\n"
        )
        let configuration = try Self.options(["--profile", "edge"])
            .configuration(for: .kinesis, environment: environment)
        #expect(configuration.endpoint == "http://edge:3")
        #expect(configuration.region == "eu-south-1")
    }
}
