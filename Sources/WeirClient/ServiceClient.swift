import AsyncHTTPClient
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

/// What the clients of all services share: signs, sends, repeats, counts.
final class ServiceClient: Sendable {
    private let service: WireService
    private let endpoint: Endpoint
    private let configuration: ClientConfiguration
    private let seams: ClientSeams
    private let logger: Logger
    private let metrics: ClientMetrics
    private let signer: RequestSigner
    private let transport: HTTPTransport
    private let lifetime = ClientLifetime()
    private let skew = ClockSkew()

    init(
        service: WireService,
        configuration: ClientConfiguration,
        logger: Logger,
        metricsFactory: (any MetricsFactory)?,
        seams: ClientSeams
    ) throws(ServiceError) {
        self.service = service
        let region = try Endpoint.validated(region: configuration.region)
        if let url = configuration.endpoint {
            endpoint = try Endpoint(url)
        } else {
            endpoint = try .aws(service, region: region)
        }
        self.configuration = configuration
        self.seams = seams
        self.logger = logger
        metrics = ClientMetrics(service: service, factory: metricsFactory ?? NOOPMetricsHandler.instance)
        signer = RequestSigner(region: region, service: service.endpointPrefix)
        transport = try HTTPTransport(configuration: configuration, logger: logger)
    }

    deinit {
        // A client that was never run nor used in a scope must not leak its connections.
        if lifetime.close() { transport.shutDownLater() }
    }

    // MARK: Lifetime

    /// Waits until the service group shuts down or the task is cancelled, then closes the connections. At a graceful
    /// shutdown the calls under way are waited for; new ones fail.
    func run() async throws(ServiceError) {
        try lifetime.beginRun()
        do {
            try await gracefulShutdown()
            await lifetime.drain()
        } catch {
            logger.debug("Client cancelled", metadata: ["aws.service": "\(service.endpointPrefix)"])
        }
        await shutDown()
    }

    /// Closes the connections; calls under way and later ones fail.
    func shutDown() async {
        if lifetime.close() { await transport.shutDown() }
    }

    // MARK: Watches

    /// Whether the service is Amazon's.
    var isAWS: Bool { endpoint.isAWS }

    var retryPolicy: RetryPolicy { configuration.retryPolicy }

    func jitter() -> Double { seams.jitter() }

    func sleep(for duration: Duration) async throws { try await seams.time.sleep(for: duration) }

    /// Calls an action that answers with an event stream, once, and gives the body when it begins. The lifetime of the client
    /// does not wait for its end.
    func open(_ action: String, body: ByteBuffer) async throws(ServiceError) -> HTTPClientResponse.Body {
        try lifetime.beginCall()
        defer { lifetime.endCall() }
        let metrics = metrics.action(action)
        let began = seams.time.monotonicNanoseconds
        do {
            let answer = try await openCorrectingClock(action, body: body)
            metrics.succeeded(after: seams.time.monotonicNanoseconds - began)
            return answer
        } catch {
            metrics.failed(error.code, after: seams.time.monotonicNanoseconds - began)
            throw error
        }
    }

    /// Once more at once when the clock of this machine was the reason of a failure.
    private func openCorrectingClock(
        _ action: String,
        body: ByteBuffer
    ) async throws(ServiceError) -> HTTPClientResponse.Body {
        let offset = skew.offset
        do throws(ServiceError) {
            return try await open(action, body: body, clockOffset: offset)
        } catch {
            guard error.mayBeClockSkew, skew.hasMoved(from: offset) else { throw error }
            return try await open(action, body: body, clockOffset: skew.offset)
        }
    }

    private func open(
        _ action: String,
        body: ByteBuffer,
        clockOffset: Duration
    ) async throws(ServiceError) -> HTTPClientResponse.Body {
        let credentials = try await configuration.credentials.credentials().signingCredentials()
        let sent = seams.time.wallMilliseconds
        return try await transport.open(
            url: endpoint.description,
            headers: headers(action: action, body: body, credentials: credentials, time: .now(sent, clockOffset)),
            body: body,
            logger: logger
        ) { skew.answered($0, sent: sent, received: seams.time.wallMilliseconds) }
    }

    // MARK: Calls

    func call<A: WireAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        try await call(action, request, waitingUpTo: nil).response
    }

    /// Calls an action whose service may wait before it answers. Also tells how long it did; nil when it does not say so.
    func call<A: WireAction>(
        _ action: A.Type,
        _ request: A.Request,
        waitingUpTo wait: ServiceWait?
    ) async throws(ServiceError) -> (response: A.Response, waited: Duration?) {
        try lifetime.beginCall()
        defer { lifetime.endCall() }
        let metrics = metrics.action(A.name)
        let began = seams.time.monotonicNanoseconds
        do {
            let answer = try await attempts(action, request, waitingUpTo: wait, began: began, metrics: metrics)
            let nanoseconds = seams.time.monotonicNanoseconds - began
            // The wait was asked for: it is no time that the call took.
            let waited = UInt64((answer.waited ?? .zero) / .nanoseconds(1))
            metrics.succeeded(after: nanoseconds - min(waited, nanoseconds))
            return answer
        } catch {
            metrics.failed(error.code, after: seams.time.monotonicNanoseconds - began)
            throw error
        }
    }

    /// Sends the call until it succeeds or the retry policy gives up.
    private func attempts<A: WireAction>(
        _ action: A.Type,
        _ request: A.Request,
        waitingUpTo wait: ServiceWait?,
        began: UInt64,
        metrics: ClientMetrics.Action
    ) async throws(ServiceError) -> (response: A.Response, waited: Duration?) {
        var body = ByteBuffer()
        request.write(to: &body, format: .json)
        var retries = RetryStateMachine(policy: configuration.retryPolicy)
        var isCorrected = false
        while true {
            let offset = skew.offset
            let failure: ServiceError
            do {
                return try await attempt(action, body: body, waitingUpTo: wait, clockOffset: offset)
            } catch {
                failure = error
            }
            if failure.isThrottling { metrics.throttled() }
            if !isCorrected, failure.mayBeClockSkew, skew.hasMoved(from: offset) {
                // The clock of this machine is wrong: once more at once, with the service's.
                isCorrected = true
                metrics.retried()
                continue
            }
            let elapsed = Duration.nanoseconds(seams.time.monotonicNanoseconds - began)
            switch retries.attemptFailed(failure, elapsed: elapsed, jitter: seams.jitter()) {
            case .fail(let error):
                throw error
            case .retry(let delay):
                metrics.retried()
                logger.debug(
                    "Call failed, repeating it",
                    metadata: [
                        "aws.action": "\(A.name)", "attempt.number": "\(retries.attempts)",
                        "error.message": "\(failure)",
                        "retry.delay": "\(delay)",
                    ]
                )
                do {
                    try await seams.time.sleep(for: delay)
                } catch {
                    throw ServiceError(
                        .cancelled,
                        "The call was cancelled while it waited to be repeated.",
                        cause: failure
                    )
                }
            }
        }
    }

    private func attempt<A: WireAction>(
        _ action: A.Type,
        body: ByteBuffer,
        waitingUpTo wait: ServiceWait?,
        clockOffset: Duration
    ) async throws(ServiceError) -> (response: A.Response, waited: Duration?) {
        if Task.isCancelled { throw ServiceError(.cancelled, "The call was cancelled.") }
        let credentials = try await configuration.credentials.credentials().signingCredentials()
        let sent = seams.time.wallMilliseconds
        var headers = self.headers(action: A.name, body: body, credentials: credentials, time: .now(sent, clockOffset))
        // Not signed: what does not pass it on only keeps the service from waiting.
        if let wait, !wait.isInRequest {
            headers.add(name: CallWait.requestHeader, value: "\(Int(wait.longest / .milliseconds(1)))")
        }
        let answer = try await transport.post(
            url: endpoint.description,
            headers: headers,
            body: body,
            wait: wait?.longest,
            logger: logger
        )
        skew.answered(answer.headers, sent: sent, received: seams.time.wallMilliseconds)
        guard answer.status == 200 else { throw ServiceError(answer) }
        do {
            return (try A.Response(wire: answer.body, format: .json), answer.waited)
        } catch {
            throw ServiceError(
                .malformedResponse,
                "The answer to \(A.name) could not be understood: \(error.message)",
                cause: error
            )
        }
    }

    private func headers(
        action: String,
        body: ByteBuffer,
        credentials: Credentials?,
        time: SigningTime
    ) -> HTTPHeaders {
        var headers: [(name: String, value: String)] = [
            (name: "host", value: endpoint.hostHeader),
            (name: "content-type", value: service.contentType),
            (name: "x-amz-target", value: "\(service.rawValue).\(action)"),
        ]
        if let credentials {
            let request = SignableRequest(
                method: "POST",
                path: endpoint.path,
                headers: headers,
                payloadHash: body.withUnsafeReadableBytes { PayloadHash(of: $0) }
            )
            headers += signer.headers(signing: request, credentials: credentials, time: time)
        }
        headers.append((name: "user-agent", value: "weir-client"))
        return HTTPHeaders(headers.map { ($0.name, $0.value) })
    }
}

/// How long a service may wait before it answers a call. The call has a connection for itself, and its time-out begins after the wait.
struct ServiceWait: Sendable {
    /// At most.
    var longest: Duration
    /// Whether a member of the request asks for it; otherwise a header does.
    var isInRequest = false
}

/// What a client takes from outside itself: clocks and randomness. Tests replace it.
package struct ClientSeams: Sendable {
    /// The clocks.
    package var time: any TimeSource
    /// A random number from 0 up to, not including, 1.
    package var jitter: @Sendable () -> Double
    /// Takes what is counted of the refreshing of credentials.
    package var metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance

    /// The system's clocks and generator unless others are given.
    package init(
        time: any TimeSource = SystemTime(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.time = time
        self.jitter = jitter
    }
}
