import NIOCore
import Testing
import WeirAccess
import WeirModel
import WeirRuntime
import WeirSigning
import WeirStore
import WeirWire

@testable import WeirServer

/// POST /_weir/backup.
@Suite struct BackupRequestTests {
    private static let files = SystemFileSystem()

    private func withBackups(
        access: AccessControl? = nil,
        _ body: (_ port: Int, _ backups: String) async throws -> Void
    ) async throws {
        try await withServerFolder { backups in
            try Self.files.makeDirectory(backups)
            var configuration = WeirServer.Configuration.test
            configuration.backupFolder = backups
            try await withRegionalServer(configuration, access: access) { port in try await body(port, backups) }
        }
    }

    private func ask(_ body: String) -> String { request(nil, body, path: "/_weir/backup") }

    @Test func aBackupIsMadeWhereAFolderWasSetAside() async throws {
        try await withBackups { port, backups in
            let create = #"{"StreamName":"flights","ShardCount":1}"#
            #expect(try await answer(port, request("Kinesis_20131202.CreateStream", create)).status == 200)
            let named = try await answer(port, ask(#"{"name":"monday"}"#))
            #expect(named.status == 200)
            let made = try BackupResponse(wire: ByteBuffer(string: named.body), format: .json)
            #expect(made.folder == "\(backups)/monday" && made.streams == 1 && made.records == 0 && made.bytes > 0)
            // A body is not needed.
            #expect(try await answer(port, ask("")).status == 200)
            let names = try Self.files.list(backups)
            #expect(names.count == 2 && names.first == "monday")
            #expect(names.last?.hasPrefix("weir-20") == true && names.last?.utf8.count == 24)
            for name in names {
                #expect(try Self.files.list("\(backups)/\(name)") == ["catalogue.sqlite", "streams"])
            }
            let again = try await answer(port, ask(#"{"name":"monday"}"#))
            #expect(again.status == 400 && again.body.contains("ResourceInUseException"))
            #expect(try Self.files.list(backups) == names)
        }
    }

    @Test(arguments: [
        "", ".", "..", "../out", "a/b", "/tmp/out", ".hidden", "-x", "_x", "a b", "a\\u0000b", "ä", "a.partial",
        String(repeating: "a", count: Limits.maximumBackupNameLength + 1),
    ])
    func noNameLeadsOutOfTheFolder(_ name: String) async throws {
        try await withBackups { port, backups in
            let refused = try await answer(port, ask(#"{"name":"\#(name)"}"#))
            #expect(refused.status == 400 && refused.body.contains("ValidationException"))
            #expect(try Self.files.list(backups).isEmpty)
        }
    }

    @Test func aNameOfTheGreatestLengthIsTaken() {
        #expect(StoreBackup.isValid(String(repeating: "a", count: Limits.maximumBackupNameLength)))
        #expect(StoreBackup.isValid("2026-11-28_01.30"))
    }

    @Test func whatIsNoRequestIsRefused() async throws {
        try await withBackups { port, _ in
            let refused = try await answer(port, ask(#"{"name":5}"#))
            #expect(refused.status == 400 && refused.body.contains("SerializationException"))
        }
    }

    @Test func elsewhereItIsRefused() async throws {
        try await withRegionalServer { port in
            let refused = try await answer(port, ask("{}"))
            #expect(refused.status == 400 && refused.body.contains("AccessDeniedException"))
            #expect(refused.body.contains("This server was not started with --backups."))
        }
    }

    @Test func itNeedsItsOwnPermission() async throws {
        let keeper = Credentials(accessKeyID: "KEEPER", secretAccessKey: "0123456789abcdef")
        let other = Credentials(accessKeyID: "OTHER", secretAccessKey: "fedcba9876543210")
        let file = CredentialsFile(accessKeys: [
            AccessKey(
                credentials: keeper,
                user: "keeper",
                policy: AccessPolicy([.init(effect: .allow, actions: ["weir:Backup"], resources: ["*"])])
            ),
            AccessKey(
                credentials: other,
                user: "other",
                policy: AccessPolicy([.init(effect: .allow, actions: ["kinesis:*", "weir:Reset"], resources: ["*"])])
            ),
        ])
        func signed(_ credentials: Credentials) -> String {
            signedRequest(nil, "{}", path: "/_weir/backup", service: "weir", credentials: credentials)
        }
        try await withBackups(access: AccessControl(file, account: "000000000000")) { port, backups in
            #expect(try await answer(port, ask("{}")).body.contains("MissingAuthenticationTokenException"))
            let refused = try await answer(port, signed(other))
            #expect(refused.body.contains("AccessDeniedException") && refused.body.contains("weir:Backup"))
            #expect(try Self.files.list(backups).isEmpty)
            #expect(try await answer(port, signed(keeper)).status == 200)
            #expect(try Self.files.list(backups).count == 1)
        }
    }
}
