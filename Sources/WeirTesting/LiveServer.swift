import Synchronization
import WeirProcess

/// A `weir serve` process: what tests kill.
public struct LiveServer: Sendable {
    /// What the server prints before its endpoint, once it takes requests.
    public static let listeningPrefix = "weir: listening on "

    /// Its URL.
    public let endpoint: String
    /// The process.
    public let process: ChildProcess

    /// It ended before it took requests, or never took any.
    public struct StartFailure: Error, CustomStringConvertible {
        public var description: String
    }

    /// Starts a server on a data folder and a free port, and ends it after the body: by SIGTERM, unless the body has
    /// killed it.
    ///
    /// - Parameters:
    ///   - executable: The file of the `weir` program.
    ///   - data: The data folder.
    ///   - arguments: Further options of `weir serve`.
    /// - Returns: what the body returned, and how the server ended.
    public static func withServer<Result: Sendable>(
        executable: String,
        data: String,
        arguments: [String] = [],
        _ body: @Sendable (LiveServer) async throws -> Result
    ) async throws -> (result: Result, termination: ChildTermination) {
        let child = Mutex<ChildProcess?>(nil)
        let (endpoints, continuation) = AsyncStream<String>.makeStream()
        async let termination = ChildProcess.run(
            executable,
            arguments: ["serve", "--data", data, "--port", "0", "--log-level", "error"] + arguments,
            output: .lines { line in
                guard line.hasPrefix(Self.listeningPrefix) else { return }
                let rest = line.dropFirst(Self.listeningPrefix.count)
                continuation.yield(String(rest.prefix { $0 != " " }))
            },
            onStart: { process in child.withLock { $0 = process } }
        ).finishing(continuation)
        var found: String?
        for await endpoint in endpoints {
            found = endpoint
            break
        }
        guard let found, let process = child.withLock({ $0 }) else {
            throw StartFailure(description: "weir serve ended before it took requests: \(try await termination)")
        }
        let result = try await body(LiveServer(endpoint: found, process: process))
        process.send(.terminate)
        return (result, try await termination)
    }
}

extension ChildTermination {
    fileprivate func finishing(_ continuation: AsyncStream<String>.Continuation) -> ChildTermination {
        continuation.finish()
        return self
    }
}
