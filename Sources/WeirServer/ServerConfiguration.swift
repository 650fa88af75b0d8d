import NIOCore
import WeirAccess
import WeirModel

extension WeirServer {
    /// How a server listens, and how long it waits for its clients.
    public struct Configuration: Sendable {
        /// The address to listen on. Loopback by default.
        public var host: String
        /// The port to listen on; 0 takes a free one.
        public var port: Int
        /// How many threads serve connections. By default one a processor core.
        public var eventLoopCount: Int
        /// How long a client may take for the first line and the headers of a request. The connection is closed after it.
        public var requestHeadTimeout: Duration
        /// How long a connection may stay without a request between two requests. The connection is closed after it. It
        /// is longer than the clients of AWS keep a connection unused (60 seconds), so that they close first and do not
        /// send a request into a connection that is being closed.
        public var idleTimeout: Duration
        /// How long a client may take for the body of a request. The connection is closed after it.
        public var requestBodyTimeout: Duration
        /// How long a client may take to read an answer. The connection is closed after it.
        public var responseTimeout: Duration
        /// How long a client may take to notice that its connection is about to be closed.
        var lingerTimeout: Duration = .seconds(5)
        /// Connections that are open at a time, at most; one above it is closed at once. By default what the limit of
        /// open files of the process allows, less a part that is left to the log.
        public var maximumConnectionCount: Int
        /// GetRecords calls of a region that wait for records at a time, at most: half of the connections are left to others.
        var maximumReadWaitCount: Int { min(Limits.maximumReadWaitCount, max(1, maximumConnectionCount / 2)) }
        /// How long a graceful shutdown waits for the requests in flight before it closes their connections.
        public var shutdownTimeout: Duration
        /// How often records that have aged out, and items that have expired, are looked for.
        public var retentionInterval: Duration
        /// How often states of streams that last are ended, and streams on demand are looked at.
        public var upkeepInterval: Duration
        /// Bytes of a request body, at most.
        public var maximumRequestBodySizeInBytes: Int
        /// Bytes that request bodies, and what is made of them, take at a time, more or less. When there are as many, only
        /// the body that began first is read on until there is room again.
        public var maximumBodyMemoryInBytes: Int
        /// The same of each connection.
        var maximumConnectionBodyMemoryInBytes = Limits.maximumConnectionBodyMemoryInBytes
        /// Which limits on rates are enforced.
        public var limits: LimitEnforcement
        /// Whether `POST /_weir/reset` removes all streams and tables.
        public var allowsReset: Bool
        /// With it whoever sends it as a bearer token reads `/metrics`; others must sign, or are refused where nobody
        /// is asked for credentials. Without it `/metrics` is as open as everything else.
        public var metricsToken: MetricsToken?
        /// With what the server speaks TLS; nil for clear text.
        public var certificate: ServerCertificate?
        /// The folder in which `POST /_weir/backup` makes copies of the data folder; nil where it makes none.
        public var backupFolder: String?

        /// A configuration; every setting has a default.
        public init(
            host: String = "127.0.0.1",
            port: Int = 4567,
            eventLoopCount: Int = System.coreCount,
            requestHeadTimeout: Duration = .seconds(30),
            idleTimeout: Duration = .seconds(75),
            requestBodyTimeout: Duration = .seconds(60),
            responseTimeout: Duration = .seconds(60),
            maximumConnectionCount: Int? = nil,
            shutdownTimeout: Duration = .seconds(20),
            retentionInterval: Duration = .seconds(60),
            upkeepInterval: Duration = .seconds(1),
            maximumRequestBodySizeInBytes: Int = Limits.maximumRequestBodySizeInBytes,
            maximumBodyMemoryInBytes: Int = Limits.maximumBodyMemoryInBytes,
            limits: LimitEnforcement = .off,
            allowsReset: Bool = false,
            metricsToken: MetricsToken? = nil,
            certificate: ServerCertificate? = nil
        ) {
            self.host = host
            self.port = port
            self.eventLoopCount = eventLoopCount
            self.requestHeadTimeout = requestHeadTimeout
            self.idleTimeout = idleTimeout
            self.requestBodyTimeout = requestBodyTimeout
            self.responseTimeout = responseTimeout
            self.maximumConnectionCount =
                maximumConnectionCount
                ?? min(
                    OpenFileLimit.connectionCount(openFiles: OpenFileLimit.current),
                    Limits.defaultMaximumConnectionCount
                )
            self.shutdownTimeout = shutdownTimeout
            self.retentionInterval = retentionInterval
            self.upkeepInterval = upkeepInterval
            self.maximumRequestBodySizeInBytes = maximumRequestBodySizeInBytes
            self.maximumBodyMemoryInBytes = maximumBodyMemoryInBytes
            self.limits = limits
            self.allowsReset = allowsReset
            self.metricsToken = metricsToken
            self.certificate = certificate
        }
    }
}
