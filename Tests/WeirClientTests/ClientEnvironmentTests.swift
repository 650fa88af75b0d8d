import Logging
import SystemPackage
import Testing
import WeirModel
import WeirSigning
import WeirWire

@testable import WeirClient

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An environment of files in memory.
private func environment(_ variables: [String: String], files: [String: String] = [:]) -> ClientEnvironment {
    ClientEnvironment(variables: variables) { path throws(ServiceError) in files[path] }
}

private let files = [
    "/home/me/.aws/config": """
    [default]
    region = eu-west-1
    [profile weir]
    region = eu-west-2
    endpoint_url = http://weir:4567
    [profile parts]
    region = eu-west-3
    services = local
    endpoint_url = http://all:1
    [services local]
    kinesis =
      endpoint_url = http://streams:2
    [profile ignoring]
    region = eu-north-1
    ignore_configured_endpoint_urls = true
    endpoint_url = http://unused:1
    """,
    "/home/me/.aws/credentials": """
    [default]
    aws_access_key_id = AKID-DEFAULT
    aws_secret_access_key = secret-default
    [weir]
    aws_access_key_id = AKID-WEIR
    aws_secret_access_key = secret-weir
    aws_session_token = token-weir
    region = eu-south-2
    [half]
    aws_access_key_id = AKID-HALF
    """,
    "/etc/aws.config": "[default]\nregion = ap-south-1",
    "/etc/aws.credentials": "[default]\naws_access_key_id = AKID-ETC\naws_secret_access_key = secret-etc",
]

@Suite struct ClientEnvironmentTests {
    @Test(
        arguments: [
            (["HOME": "/home/me"], nil, "eu-west-1"),
            (["HOME": "/home/me", "AWS_PROFILE": "parts"], nil, "eu-west-3"),
            // The credentials file wins.
            (["HOME": "/home/me", "AWS_PROFILE": "weir"], nil, "eu-south-2"),
            (["HOME": "/home/me", "AWS_DEFAULT_REGION": "us-east-2"], nil, "us-east-2"),
            (["HOME": "/home/me", "AWS_REGION": "us-west-1", "AWS_DEFAULT_REGION": "us-east-2"], nil, "us-west-1"),
            (["HOME": "/home/me", "AWS_REGION": ""], nil, "eu-west-1"),
            (["HOME": "/home/me", "AWS_REGION": "us-west-1"], "sa-east-1", "sa-east-1"),
            (["AWS_CONFIG_FILE": "/etc/aws.config"], nil, "ap-south-1"),
            (["HOME": "/etc", "AWS_CONFIG_FILE": "~/aws.config"], nil, "ap-south-1"),
            (["AWS_ENDPOINT_URL": "http://localhost:4567"], nil, "us-east-1"),
        ] as [([String: String], String?, String)]
    ) func resolvesTheRegion(
        variables: [String: String],
        explicit: String?,
        region: String
    ) throws {
        let configuration = try environment(variables, files: files).configuration(for: .kinesis, region: explicit)
        #expect(configuration.region == region)
    }

    @Test(
        arguments: [
            [:], ["HOME": "/home/you"], ["AWS_ENDPOINT_URL": "https://vpce-1.kinesis.us-east-1.vpce.amazonaws.com"],
        ] as [[String: String]]
    ) func withoutARegionAWSCannotBeCalled(variables: [String: String]) {
        let error = #expect(throws: ServiceError.self) {
            try environment(variables, files: files).configuration(for: .kinesis)
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("AWS_REGION") == true)
    }

    @Test(
        arguments: [
            (["HOME": "/home/me"], nil, nil),
            (["HOME": "/home/me", "AWS_PROFILE": "weir"], "http://weir:4567", "http://weir:4567"),
            (["HOME": "/home/me", "AWS_PROFILE": "parts"], "http://streams:2", "http://all:1"),
            (["HOME": "/home/me", "AWS_PROFILE": "ignoring"], nil, nil),
            (["HOME": "/home/me", "AWS_PROFILE": "weir", "AWS_ENDPOINT_URL": "http://e"], "http://e", "http://e"),
            (
                ["HOME": "/home/me", "AWS_ENDPOINT_URL": "http://e", "AWS_ENDPOINT_URL_KINESIS": "http://k"],
                "http://k",
                "http://e"
            ),
            (["HOME": "/home/me", "AWS_ENDPOINT_URL_DYNAMODB": "http://d"], nil, "http://d"),
            (
                [
                    "HOME": "/home/me", "AWS_ENDPOINT_URL": "http://e", "AWS_ENDPOINT_URL_KINESIS": "http://k",
                    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
                ], nil, nil
            ),
            (
                ["HOME": "/home/me", "AWS_PROFILE": "ignoring", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"],
                "http://unused:1", "http://unused:1"
            ),
        ] as [([String: String], String?, String?)]
    ) func resolvesTheEndpoint(
        variables: [String: String],
        kinesis: String?,
        dynamoDB: String?
    ) throws {
        let environment = environment(variables, files: files)
        #expect(try environment.configuration(for: .kinesis).endpoint == kinesis)
        #expect(try environment.configuration(for: .dynamoDB).endpoint == dynamoDB)
        #expect(try environment.configuration(for: .kinesis, endpoint: "http://x").endpoint == "http://x")
    }

    @Test(arguments: [
        (["HOME": "/home/me"], Credentials(accessKeyID: "AKID-DEFAULT", secretAccessKey: "secret-default")),
        (
            ["HOME": "/home/me", "AWS_PROFILE": "weir"],
            Credentials(accessKeyID: "AKID-WEIR", secretAccessKey: "secret-weir", sessionToken: "token-weir")
        ),
        (
            ["HOME": "/home/me", "AWS_ACCESS_KEY_ID": "AKID-ENV", "AWS_SECRET_ACCESS_KEY": "secret-env"],
            Credentials(accessKeyID: "AKID-ENV", secretAccessKey: "secret-env")
        ),
        (
            [
                "HOME": "/home/me", "AWS_ACCESS_KEY_ID": "AKID-ENV", "AWS_SECRET_ACCESS_KEY": "secret-env",
                "AWS_SESSION_TOKEN": "token-env",
            ], Credentials(accessKeyID: "AKID-ENV", secretAccessKey: "secret-env", sessionToken: "token-env")
        ),
        (
            ["AWS_SHARED_CREDENTIALS_FILE": "/etc/aws.credentials", "AWS_REGION": "us-east-1"],
            Credentials(accessKeyID: "AKID-ETC", secretAccessKey: "secret-etc")
        ),
    ]) func resolvesTheCredentials(variables: [String: String], credentials: Credentials) async throws {
        let configuration = try environment(variables, files: files).configuration(for: .kinesis)
        #expect(try await configuration.credentials.credentials().signingCredentials() == credentials)
    }

    @Test func withoutCredentialsAWSCannotBeCalled() async throws {
        let configuration = try environment(["AWS_REGION": "us-east-1"]).configuration(for: .kinesis)
        let lookup = try await configuration.credentials.credentials()
        let error = #expect(throws: ServiceError.self) { try lookup.signingCredentials() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("AWS_ACCESS_KEY_ID") == true)
    }

    @Test func withoutCredentialsAnotherEndpointIsCalledUnsigned() async throws {
        let configuration = try environment([:]).configuration(for: .kinesis, endpoint: "http://127.0.0.1:4567")
        #expect(try await configuration.credentials.credentials().signingCredentials() == nil)
    }

    @Test(arguments: [
        ["AWS_ACCESS_KEY_ID": "AKID"], ["AWS_SECRET_ACCESS_KEY": "secret"],
        ["HOME": "/home/me", "AWS_PROFILE": "half"],
    ]) func halfAKeyIsAMistake(variables: [String: String]) async throws {
        let configuration = try environment(variables, files: files)
            .configuration(for: .kinesis, endpoint: "http://127.0.0.1:4567")
        let error = await #expect(throws: ServiceError.self) { try await configuration.credentials.credentials() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("secret-") == false)
    }

    @Test(arguments: [
        ["HOME": "/home/me", "AWS_PROFILE": "missing"], ["AWS_PROFILE": "default"],
    ]) func aMissingProfileIsNamed(variables: [String: String]) {
        let error = #expect(throws: ServiceError.self) {
            try environment(variables, files: files).configuration(for: .kinesis, region: "us-east-1")
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("'\(variables["AWS_PROFILE"] ?? "")'") == true)
    }

    @Test func certificatesToTrustAreNamed() throws {
        func path(_ variables: [String: String], _ config: String = "[default]") throws -> String? {
            try environment(
                variables.merging(["HOME": "/home/me"]) { first, _ in first },
                files: ["/home/me/.aws/config": "\(config)\nregion = eu-west-1\n"]
            ).configuration(for: .kinesis).certificateAuthorities
        }
        #expect(try path([:]) == nil)
        #expect(try path(["AWS_CA_BUNDLE": ""]) == nil)
        #expect(try path(["AWS_CA_BUNDLE": "~/ca.pem"]) == "/home/me/ca.pem")
        #expect(try path([:], "[default]\nca_bundle = /b.pem") == "/b.pem")
        #expect(try path(["AWS_CA_BUNDLE": "/a.pem"], "[default]\nca_bundle = /b.pem") == "/a.pem")
    }

    @Test(arguments: ["/nowhere/ca.pem", "/dev/null"]) func certificatesThatCannotBeReadAreNamed(path: String) throws {
        var configuration = ClientConfiguration(
            endpoint: "https://localhost:1",
            region: "us-east-1",
            credentials: .anonymous
        )
        configuration.certificateAuthorities = path
        let error = #expect(throws: ServiceError.self) {
            try KinesisClient(configuration: configuration, logger: Logger(label: "test"))
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(path) == true)
    }

    @Test func theProcessHasAnEnvironment() {
        #expect(ClientEnvironment.process.variable("PATH") != nil)
        #expect(ClientEnvironment.process.variable("WEIR_NO_SUCH_VARIABLE") == nil)
    }

    @Test func readsFiles() throws {
        let path = "/tmp/weir-client-\(UInt64.random(in: 0...UInt64.max))"
        #expect(try ConfigurationFileReader.read(path) == nil)
        #expect(try ConfigurationFileReader.read("/dev/null/nothing") == nil)
        let file = try FileDescriptor.open(
            FilePath(path),
            .readWrite,
            options: [.create, .exclusiveCreate],
            permissions: .ownerReadWrite
        )
        defer { _ = FilePath(path).withPlatformString { remove($0) } }
        let text = String(repeating: "line\n", count: 3000)
        _ = try file.closeAfter { try file.writeAll(text.utf8) }
        #expect(try ConfigurationFileReader.read(path) == text)
        let error = #expect(throws: ServiceError.self) { try ConfigurationFileReader.read("/tmp") }
        #expect(error?.code == .configuration)
    }

    @Test func refusesAFileThatIsTooLong() {
        let error = #expect(throws: ServiceError.self) { try ConfigurationFileReader.read("/dev/zero") }
        #expect(error?.code == .configuration)
    }
}
