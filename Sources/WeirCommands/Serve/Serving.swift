import Logging
import NIOCore
import ServiceLifecycle
import WeirModel
import WeirServer
import WeirStore

/// Opens the data folder, serves it until a signal, and closes it.
struct Serving {
    let configuration: ServeConfiguration
    let logger: Logger

    func run() async throws {
        try await DataFolder.withDataFolder(path: configuration.data, logger: logger) { folder in
            try await createStreams(in: folder.streams)
            let server = WeirServer(
                configuration: serverConfiguration,
                streams: folder.streams,
                tables: folder.tables,
                tokenKey: folder.secretKey,
                logger: logger
            )
            try await CommandServices.run(
                [server, Announcement(server: server, host: configuration.host, data: configuration.data)],
                logger: logger
            )
        }
    }

    private var serverConfiguration: WeirServer.Configuration {
        var result = WeirServer.Configuration(host: configuration.host, port: configuration.port)
        if configuration.eventLoops > 0 { result.eventLoopCount = configuration.eventLoops }
        return result
    }

    private func createStreams(in store: some StreamStore) async throws(ServiceError) {
        for stream in configuration.create {
            do throws(ServiceError) {
                try await store.createStream(name: stream.name, shardCount: stream.shardCount, tags: [:])
            } catch {
                guard error.code == .resourceInUse else { throw error }
                logger.debug("stream is there already", metadata: ["stream.name": "\(stream.name)"])
            }
        }
    }
}

/// Prints the line that says where the server listens, once it does.
private struct Announcement: Service {
    let server: WeirServer
    let host: String
    let data: String

    func run() async throws {
        let port = try await server.port
        let name = host.contains(":") ? "[\(host)]" : host
        try Console.standard.print("\(ServeCommand.listeningPrefix)http://\(name):\(port) data \(data)")
        try? await gracefulShutdown()
    }
}
