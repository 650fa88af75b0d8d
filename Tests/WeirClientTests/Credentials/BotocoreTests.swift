import FoundationEssentials
import Synchronization
import Testing
import WeirModel
import WeirProcess
import WeirSigning

@testable import WeirClient

/// What botocore finds in the same files, in the same environment, from the same services. Where there is no botocore
/// in `.venv` (`make test` installs it) the tests are left out.
@Suite(.enabled(if: Botocore.isThere), .timeLimit(.minutes(10))) struct BotocoreTests {
    private static let keys = ["AWS_ACCESS_KEY_ID": "ENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s"]

    @Test(
        arguments: [
            ["AWS_PROFILE": "base"], ["AWS_PROFILE": "role"], ["AWS_PROFILE": "second"], ["AWS_PROFILE": "itself"],
            ["AWS_PROFILE": "of-instance"], ["AWS_PROFILE": "of-container", "CONTAINER": "/container?id=1"],
            ["AWS_PROFILE": "web"], ["AWS_PROFILE": "process"], [:], ["CONTAINER": "/container"],
            ["CONTAINER": "/pod", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token"],
            ["WEB": "", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/web", "CONTAINER": "/container"],
            ["WEB": "", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/web", "AWS_PROFILE": "base"],
            ["AWS_PROFILE": "base", "CONTAINER": "/container"],
            keys.merging(["AWS_PROFILE": "role", "CONTAINER": "/container"]) { first, _ in first },
        ] as [[String: String]]
    ) func findsTheSame(variables: [String: String]) async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("weir-botocore-\(UInt64.random(in: .min ... .max))")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let (config, token) = ("\(folder.path)/config", "\(folder.path)/token")
            try Data(profilesOfEveryKind.replacing("/token", with: token).utf8).write(to: URL(filePath: config))
            try Data("web-token".utf8).write(to: URL(filePath: token))

            var variables = variables
            if let path = variables.removeValue(forKey: "CONTAINER") {
                variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url + path
            }
            if variables.removeValue(forKey: "WEB") != nil { variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = token }
            variables["HOME"] = folder.path
            variables["AWS_CONFIG_FILE"] = config
            variables["AWS_SHARED_CREDENTIALS_FILE"] = "\(folder.path)/none"
            variables["AWS_ENDPOINT_URL_STS"] = url
            variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url
            variables["AWS_REGION"] = "eu-west-1"
            variables["AWS_DEFAULT_REGION"] = "eu-west-1"

            let chain = try ClientEnvironment(variables: variables).credentials(region: "eu-west-1")
            let own = try await chain.credentials().signingCredentials()
            let theirs = try await Botocore.credentials(variables)
            #expect(own != nil)
            #expect(own == theirs)
        }
    }
}

private enum Botocore {
    private static let python = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".venv/bin/python").path

    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: python) }

    static func credentials(_ variables: [String: String]) async throws -> Credentials? {
        let script = """
            import botocore.session
            found = botocore.session.get_session().get_credentials().get_frozen_credentials()
            print(found.access_key, found.secret_key, found.token or "", sep="\\n")
            """
        let lines = Mutex<[String]>([])
        let termination = try await ChildProcess.run(
            python,
            arguments: ["-c", script],
            environment: variables,
            output: .lines { line in lines.withLock { $0.append(line) } }
        )
        let found = lines.withLock(\.self)
        guard termination == .exited(0), found.count == 3 else { return nil }
        return Credentials(
            accessKeyID: found[0],
            secretAccessKey: found[1],
            sessionToken: found[2].isEmpty ? nil : found[2]
        )
    }
}
