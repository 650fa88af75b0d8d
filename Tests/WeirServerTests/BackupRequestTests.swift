import NIOCore
import Testing
import WeirRuntime
import WeirStore

@testable import WeirServer

/// POST /_weir/backup.
@Suite struct BackupRequestTests {
    @Test func aBackupIsMadeWhereAFolderWasSetAside() async throws {
        try await withServerFolder { backups in
            var configuration = WeirServer.Configuration.test
            configuration.backupFolder = backups
            try await withRegionalServer(configuration) { port in
                let made = try await answer(port, request(nil, "", path: "/_weir/backup"))
                #expect(made.status == 200)
                let names = try SystemFileSystem().list(backups)
                #expect(names.count == 1)
                #expect(try SystemFileSystem().list("\(backups)/\(names.first ?? "")").contains("catalogue.sqlite"))
            }
        }
    }

    @Test func elsewhereItIsRefused() async throws {
        try await withRegionalServer { port in
            #expect(try await answer(port, request(nil, "", path: "/_weir/backup")).status == 400)
        }
    }
}
