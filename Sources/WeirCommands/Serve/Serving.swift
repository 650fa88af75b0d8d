import Logging
import NIOCore
import ServiceLifecycle
import WeirAccess
import WeirModel
import WeirServer
import WeirStore

/// Opens the data folder, serves it until a signal, and closes it.
struct Serving {
    let configuration: ServeConfiguration
    let logger: Logger

    func run() async throws {
        let access = try configuration.credentials.map {
            AccessControl(try CredentialsFile(path: $0), account: configuration.account)
        }
        let accessLog = try configuration.accessLog.map { try AccessLog(path: $0 == "-" ? nil : $0, logger: logger) }
        do {
            try await serve(access, accessLog)
        } catch {
            await accessLog?.close()
            throw error
        }
        await accessLog?.close()
    }

    private func serve(_ access: AccessControl?, _ accessLog: AccessLog?) async throws {
        var folderConfiguration = DataFolder.Configuration()
        folderConfiguration.accountID = configuration.account
        folderConfiguration.region = configuration.region
        folderConfiguration.transitionMilliseconds = configuration.transitionMilliseconds
        if configuration.limits == .aws {
            folderConfiguration.maximumTransitionCount = Limits.maximumTransitioningStreamCount
        }
        try await RegionalDataFolder.withDataFolder(
            path: configuration.data,
            configuration: folderConfiguration,
            logger: logger
        ) { folder in
            try await createStreams(in: try await folder.stores(of: folder.defaultRegion).streams)
            let server = WeirServer(
                configuration: serverConfiguration,
                regions: folder,
                account: configuration.account,
                access: access,
                accessLog: accessLog,
                logger: logger
            )
            let hangups = HangupListener(
                credentials: configuration.credentials,
                access: access,
                accessLog: accessLog,
                logger: logger
            )
            try await CommandServices.run(
                [server, hangups, Announcement(server: server, host: configuration.host, data: configuration.data)],
                logger: logger
            )
        }
    }

    private var serverConfiguration: WeirServer.Configuration {
        var result = WeirServer.Configuration(host: configuration.host, port: configuration.port)
        if configuration.eventLoops > 0 { result.eventLoopCount = configuration.eventLoops }
        result.limits = configuration.limits
        result.allowsReset = configuration.allowsReset
        return result
    }

    private func createStreams(in store: any StreamStore) async throws(ServiceError) {
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
