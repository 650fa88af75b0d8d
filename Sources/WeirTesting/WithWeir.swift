import Logging
import WeirRuntime
import WeirServer
import WeirStore

/// Runs a Weir server in this process for the duration of a scope: on a free port, over an empty data folder that is
/// removed afterwards.
///
/// ```swift
/// try await withWeir { weir in
///     try await withKinesisClient(weir.clientConfiguration, logger: logger) { kinesis in
///         …
///     }
/// }
/// ```
///
/// - Parameters:
///   - configuration: How the server serves; its port is chosen by the operating system.
///   - folderConfiguration: How the data folder is used: what new streams are like, and how their logs are written.
///   - time: By which iterators expire, records age and requests are timed.
///   - logger: Gets what the server has to say. By default nothing does.
///   - body: Uses the server.
public func withWeir<Result>(
    configuration: WeirServer.Configuration = WeirServer.Configuration(eventLoopCount: 1),
    folderConfiguration: DataFolder.Configuration = .init(),
    time: any TimeSource = SystemTime(),
    logger: Logger = Logger(label: "weir.testing") { _ in SwiftLogNoOpLogHandler() },
    isolation: isolated (any Actor)? = #isolation,
    _ body: (WeirInstance) async throws -> sending Result
) async throws -> sending Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let weir = WeirInstance(
        folder: folder.path,
        configuration: configuration,
        folderConfiguration: folderConfiguration,
        time: time,
        logger: logger
    )
    try await weir.start()
    do {
        let result = try await body(weir)
        try await weir.stop()
        return result
    } catch {
        try? await weir.stop()
        throw error
    }
}
