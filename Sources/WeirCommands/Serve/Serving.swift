import Logging
import NIOCore
import ServiceLifecycle
import WeirAccess
import WeirLog
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
        let certificate = try configuration.tls.map {
            try ServerCertificate(certificatePath: $0.certificate, keyPath: $0.key)
        }
        let metricsToken = try configuration.metricsToken.map { try MetricsToken(path: $0) }
        let accessLog = try configuration.accessLog.map { try AccessLog(path: $0 == "-" ? nil : $0, logger: logger) }
        do {
            try await serve(access, certificate, metricsToken, accessLog)
        } catch {
            await accessLog?.close()
            throw error
        }
        await accessLog?.close()
    }

    private func serve(
        _ access: AccessControl?,
        _ certificate: ServerCertificate?,
        _ metricsToken: MetricsToken?,
        _ accessLog: AccessLog?
    ) async throws {
        var folderConfiguration = DataFolder.Configuration()
        folderConfiguration.accountID = configuration.account
        folderConfiguration.region = configuration.region
        folderConfiguration.masterKey = try configuration.encryptionKey.map { try MasterKey(path: $0) }
        folderConfiguration.transitionMilliseconds = configuration.transitionMilliseconds
        folderConfiguration.retentionHours = configuration.retentionHours
        folderConfiguration.allowsQueuesOnProvisionedStreams = configuration.allowsQueuesOnProvisionedStreams
        folderConfiguration.log.durability = LogDurability(configuration.durability)
        folderConfiguration.log.compression = LogCompression(configuration.compression)
        folderConfiguration.log.segmentSizeInBytes = configuration.segmentSize
        folderConfiguration.log.usesDirectIO = !configuration.buffersWrites
        folderConfiguration.recentMemoryInBytes = configuration.recentMemory
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
                configuration: serverConfiguration(certificate, metricsToken),
                regions: folder,
                account: configuration.account,
                access: access,
                accessLog: accessLog,
                logger: logger
            )
            let hangups = HangupListener(
                credentials: configuration.credentials,
                access: access,
                certificate: certificate,
                accessLog: accessLog,
                logger: logger
            )
            let announcement = Announcement(
                server: server,
                scheme: certificate == nil ? "http" : "https",
                host: configuration.host,
                data: configuration.data
            )
            try await CommandServices.run([server, hangups, announcement], logger: logger)
        }
    }

    private func serverConfiguration(
        _ certificate: ServerCertificate?,
        _ metricsToken: MetricsToken?
    ) -> WeirServer.Configuration {
        var result = WeirServer.Configuration(host: configuration.host, port: configuration.port)
        if configuration.eventLoops > 0 { result.eventLoopCount = configuration.eventLoops }
        if let maximum = configuration.maximumConnections { result.maximumConnectionCount = maximum }
        result.limits = configuration.limits
        result.maximumBodyMemoryInBytes = configuration.bodyMemory
        result.allowsReset = configuration.allowsReset
        result.certificate = certificate
        result.metricsToken = metricsToken
        result.backupFolder = configuration.backups
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
    let scheme: String
    let host: String
    let data: String

    func run() async throws {
        let port = try await server.port
        let name = host.contains(":") ? "[\(host)]" : host
        try Console.standard.print("\(ServeCommand.listeningPrefix)\(scheme)://\(name):\(port) data \(data)")
        try? await gracefulShutdown()
    }
}
