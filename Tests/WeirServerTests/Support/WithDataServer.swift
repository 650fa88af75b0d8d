import Synchronization
import WeirRuntime
import WeirStore

@testable import WeirServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
        let task = Task { try await server.run() }
        do {
            try await body(try await server.port)
        } catch {
            task.cancel()
            _ = await task.result
            throw error
        }
        task.cancel()
        try await task.value
    }
}

/// Runs a body with a new empty folder, which is removed afterwards.
func withServerFolder(_ body: (_ path: String) async throws -> Void) async throws {
    var template = Array("/tmp/weir-server-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError(operation: "mkdtemp", path: "/tmp", code: errno) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { removeFolder(path) }
    try await body(path)
}

private func removeFolder(_ path: String) {
    let files = SystemFileSystem()
    if let names = try? files.list(path) {
        for name in names { removeFolder("\(path)/\(name)") }
        try? files.removeDirectory(path)
    } else {
        try? files.remove(path)
    }
}
