import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import WeirModel
import WeirWire

/// An HTTP answer, whole.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer

    /// How long the service waited because it was asked to; nil when it does not wait.
    var waited: Duration? {
        guard let milliseconds = headers.first(name: CallWait.responseHeader).flatMap({ Int64($0) }),
            (0...Int64(Limits.maximumReadWaitInSeconds) * 1000 * 2).contains(milliseconds)
        else { return nil }
        return .milliseconds(milliseconds)
    }
}

/// Sends one request and waits for its whole answer; owns the connections.
final class HTTPTransport: Sendable {
    private let client: HTTPClient
    /// For answers that are streams of events, or are waited for: each holds a connection for as long as it lasts, and must not
    /// keep calls from theirs.
    private let streams: HTTPClient
    private let requestTimeout: TimeAmount
    /// Three heartbeats of a stream of events, and a wait for records with some time for the answer.
    private static let longestSilence = Duration.seconds(
        max(3 * Limits.tableWatchHeartbeatInSeconds, Limits.maximumReadWaitInSeconds + 5)
    )
    /// Streams of events at a time: more than a process has open files.
    private static let maximumStreamCount = 1 << 20

    /// Throws `configuration` when the certificates that are to be trusted cannot be read.
    init(configuration: ClientConfiguration, logger: Logger) throws(ServiceError) {
        var pool = HTTPClient.Configuration.ConnectionPool(
            idleTimeout: TimeAmount(configuration.idleTimeout),
            concurrentHTTP1ConnectionsPerHostSoftLimit: max(1, configuration.maximumConnections)
        )
        // A refused connection is reported at once: the client's own retries know how long a call may take.
        pool.retryConnectionEstablishment = false
        var http = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            // A call has to be answered in its time-out anyway; a stream of events that is silent for longer is dead.
            timeout: .init(
                connect: TimeAmount(configuration.connectTimeout),
                read: TimeAmount(max(configuration.requestTimeout, Self.longestSilence))
            ),
            connectionPool: pool
        )
        // None of these actions needs HTTP/2, whose single connection would put all answers in one queue.
        http.httpVersion = .http1Only
        if let path = configuration.certificateAuthorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try Self.certificates(path))
            http.tlsConfiguration = tls
        }
        client = HTTPClient(configuration: http, backgroundActivityLogger: logger)
        http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.maximumStreamCount
        streams = HTTPClient(configuration: http, backgroundActivityLogger: logger)
        requestTimeout = TimeAmount(configuration.requestTimeout)
    }

    private static func certificates(_ path: String) throws(ServiceError) -> [NIOSSLCertificate] {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw ServiceError(
                .configuration,
                "The certificates that are to be trusted cannot be read from \(path): \(error)",
                cause: error
            )
        }
        guard !certificates.isEmpty else {
            throw ServiceError(.configuration, "The file \(path) holds no certificates in PEM.")
        }
        return certificates
    }

    /// Posts a body. The time-out covers everything up to the last byte of the answer, but for `wait`, which the service may
    /// take beside it; with one the call has a connection for itself.
    func post(
        url: String,
        headers: HTTPHeaders,
        body: ByteBuffer,
        wait: Duration? = nil,
        logger: Logger
    ) async throws(ServiceError) -> HTTPAnswer {
        try await send(.POST, url: url, headers: headers, body: body, wait: wait, logger: logger)
    }

    /// Sends a request of any method, without a body when that is empty.
    func send(
        _ method: HTTPMethod,
        url: String,
        headers: HTTPHeaders,
        body: ByteBuffer,
        wait: Duration? = nil,
        logger: Logger
    ) async throws(ServiceError) -> HTTPAnswer {
        do {
            let request = try HTTPClient.Request(
                url: url,
                method: method,
                headers: headers,
                body: body.readableBytes > 0 || method == .POST ? .byteBuffer(body) : nil
            )
            let accumulator = ResponseAccumulator(
                request: request,
                maxBodySize: Limits.maximumResponseBodySizeInBytes
            )
            let task = (wait == nil ? client : streams).execute(
                request: request,
                delegate: accumulator,
                deadline: .now() + requestTimeout + TimeAmount(wait ?? .zero),
                logger: logger
            )
            let response = try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
            return HTTPAnswer(
                status: Int(response.status.code),
                headers: response.headers,
                body: response.body ?? ByteBuffer()
            )
        } catch {
            throw Self.serviceError(error, isCancelled: Task.isCancelled)
        }
    }

    /// Posts a body, and gives the body of the answer when it begins. Throws the error that an answer with another status
    /// than 200 reports. `onHead` is given the headers of any answer.
    func open(
        url: String,
        headers: HTTPHeaders,
        body: ByteBuffer,
        logger: Logger,
        onHead: (HTTPHeaders) -> Void
    ) async throws(ServiceError) -> HTTPClientResponse.Body {
        do {
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers = headers
            request.body = .bytes(body)
            let response = try await streams.execute(request, deadline: .distantFuture, logger: logger)
            onHead(response.headers)
            if response.status == .ok { return response.body }
            throw ServiceError(
                HTTPAnswer(
                    status: Int(response.status.code),
                    headers: response.headers,
                    body: try await response.body.collect(upTo: Limits.maximumResponseBodySizeInBytes)
                )
            )
        } catch let error as ServiceError {
            throw error
        } catch {
            throw Self.serviceError(error, isCancelled: Task.isCancelled)
        }
    }

    /// Closes all connections; requests under way fail.
    func shutDown() async {
        // It throws only when it was shut down before, which is the state that is wanted.
        try? await client.shutdown()
        try? await streams.shutdown()
    }

    /// The same without waiting, for an owner that goes away.
    func shutDownLater() {
        client.shutdown { _ in }
        streams.shutdown { _ in }
    }

    static func serviceError(_ error: any Error, isCancelled: Bool) -> ServiceError {
        if isCancelled { return ServiceError(.cancelled, "The call was cancelled.", cause: error) }
        if error is ResponseAccumulator.ResponseTooBigError {
            return ServiceError(.malformedResponse, "The answer is too long.", cause: error)
        }
        switch error as? HTTPClientError {
        case .alreadyShutdown?, .cancelled?:
            return ServiceError(.clientShutDown, ClientLifetime.shutDown.message, cause: error)
        case .deadlineExceeded?, .readTimeout?, .writeTimeout?, .getConnectionFromPoolTimeout?:
            return ServiceError(.timeout, "The call was not answered in time.", cause: error)
        case .connectTimeout?, .tlsHandshakeTimeout?:
            return ServiceError(.connectionFailure, "The connection could not be made in time.", cause: error)
        default:
            return ServiceError(.connectionFailure, "The connection failed: \(error)", cause: error)
        }
    }
}
