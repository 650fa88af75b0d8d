import Logging
import WeirRuntime
import WeirTestTools

@testable import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with the path of a folder that is not there yet, and removes what it made.
func withTemporaryPath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let parent = try makeTemporaryFolder()
    defer { removeFolder(parent) }
    return try await body("\(parent)/data")
}

/// Runs `body` with a new data folder.
func withNewFolder<Result>(
    configuration: DataFolder.Configuration = .init(),
    fileSystem: any FileSystem = SystemFileSystem(),
    time: any TimeSource = ManualTime(),
    _ body: (DataFolder) async throws -> Result
) async throws -> Result {
    try await withTemporaryPath { path in
        try await DataFolder.withDataFolder(
            path: path,
            configuration: configuration,
            fileSystem: fileSystem,
            time: time,
            logger: quiet,
            body
        )
    }
}

/// Copies a folder as it is on disk, as the machine would find it after a crash.
func copyTree(_ source: String, to destination: String) throws {
    let files = SystemFileSystem()
    try files.makeDirectory(destination)
    for name in try files.list(source) where name != FolderLock.fileName {
        let from = "\(source)/\(name)"
        let to = "\(destination)/\(name)"
        if (try? files.list(from)) != nil {
            try copyTree(from, to: to)
            continue
        }
        let input = try files.open(from, .read)
        var bytes = [UInt8](repeating: 0, count: Int(try input.size()))
        let count = try bytes.withUnsafeMutableBytes { try input.read(into: $0, at: 0) }
        let output = try files.open(to, .create)
        try bytes[..<count].withUnsafeBytes { try output.write($0, at: 0) }
        var status = stat()
        guard stat(from, &status) == 0, chmod(to, status.st_mode & 0o777) == 0 else {
            throw FileError(operation: "chmod", path: to, code: errno)
        }
    }
}
