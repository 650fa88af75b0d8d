import Synchronization
import WeirRuntime
import WeirStore
import WeirTestTools

@testable import WeirServer

/// The system's time, which a test can move on.
final class MovableTime: TimeSource {
    private let offset = Mutex<Int64>(0)

    var wallMilliseconds: Int64 { SystemTime().wallMilliseconds + offset.withLock { $0 } }
    var monotonicNanoseconds: UInt64 { SystemTime().monotonicNanoseconds }
    func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }

    func advance(milliseconds: Int64) { offset.withLock { $0 += milliseconds } }
}

/// Runs a server over an empty data folder for the duration of a scope.
func withDataServer(
    time: MovableTime = MovableTime(),
    _ body: (_ port: Int) async throws -> Void
) async throws {
    try await withServerFolder { path in
        try await serve(path, time, body)
    }
}

private func serve(
    _ path: String,
    _ time: MovableTime,
    _ body: (_ port: Int) async throws -> Void
) async throws {
    try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
        let server = WeirServer(
            configuration: .test,
            streams: folder.streams,
            tables: folder.tables,
            tokenKey: folder.secretKey,
            time: time,
            logger: quiet
        )
        try await runService(server) { try await body(try await server.port) }
    }
}

/// Runs a body with a new empty folder, which is removed afterwards.
func withServerFolder(_ body: (_ path: String) async throws -> Void) async throws {
    let path = try makeTemporaryFolder()
    defer { removeFolder(path) }
    try await body(path)
}
