import AsyncHTTPClient
import Logging
import Metrics
import NIOCore
import ServiceLifecycle
import WeirModel
import WeirTracing
import WeirWire

/// A client of Kinesis Data Streams: Amazon's, or a Weir server's.
///
/// A client takes calls as soon as it is made. Its connections are closed by whoever owns its lifetime: run it in a
/// service group (``run()``), or use it in a scope (``withKinesisClient(_:logger:metricsFactory:_:)``). After that
/// every call fails with `clientShutDown`. List a client before the services that use it, so that the group ends it
/// after them. A client that is simply let go closes its connections too.
///
/// Calls that fail because of throttling, a fault of the server, a time-out or a lost connection are repeated as
/// ``RetryPolicy`` says; a call may therefore take effect twice. Each action has a method of its own, named for it; see `Actions/`.
public final class KinesisClient: KinesisCalling, Service, Sendable {
    private let core: ServiceClient

    /// A client. Throws `configuration` when the endpoint or the region cannot be used.
    ///
    /// - Parameters:
    ///   - configuration: Where and how it calls.
    ///   - logger: Gets messages at `debug` and below.
    ///   - metricsFactory: Makes the metrics; nil for none.
    public convenience init(
        configuration: ClientConfiguration,
        logger: Logger,
        metricsFactory: (any MetricsFactory)? = nil
    ) throws(ServiceError) {
        try self.init(
            configuration: configuration,
            logger: logger,
            metricsFactory: metricsFactory,
            seams: ClientSeams()
        )
    }

    package init(
        configuration: ClientConfiguration,
        logger: Logger,
        metricsFactory: (any MetricsFactory)? = nil,
        seams: ClientSeams
    ) throws(ServiceError) {
        core = try ServiceClient(
            service: .kinesis,
            configuration: configuration,
            logger: logger,
            metricsFactory: metricsFactory,
            seams: seams
        )
    }

    /// Holds the connections until the service group shuts down gracefully, then waits for the calls under way, or
    /// until the task is cancelled, which fails them. Throws `alreadyRunning` the second time.
    public func run() async throws { try await core.run() }

    /// Calls an action and waits for its answer. Where a request names a stream, its ARN may stand for the name: the request
    /// is then sent with that, which is how streams of other accounts are reached.
    public func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response
    {
        if isTracing, let put = request as? any TracedPut {
            return try await traced("\(A.name) \(put.streamText)", .client, put.attributes) {
                _ throws(ServiceError) in
                try await untracedCall(action, request)
            }
        }
        return try await untracedCall(action, request)
    }

    private func untracedCall<A: KinesisAction>(
        _ action: A.Type,
        _ request: A.Request
    ) async throws(ServiceError) -> A.Response {
        if let addressed = request as? any StreamAddressed, let sorted = addressed.withAddressSorted() as? A.Request {
            return try await core.call(action, sorted)
        }
        if let receive = request as? QueueReceiveInput {
            // A call that waits must not keep those that acknowledge from a connection.
            let seconds = receive.waitTimeSeconds ?? Limits.defaultQueueWaitSeconds
            let wait = ServiceWait(
                longest: .seconds(min(max(seconds, 0), Limits.queueWaitSeconds.upperBound)),
                isInRequest: true
            )
            return try await core.call(action, request, waitingUpTo: wait).response
        }
        return try await core.call(action, request)
    }

    /// Reads records as GetRecords does; a Weir server waits for some where there are none. The call has a connection for itself,
    /// beside ``ClientConfiguration/maximumConnections``, and its time-out begins after the wait. Amazon Kinesis is not asked to
    /// wait.
    public func getRecords(
        _ request: GetRecords.Request,
        waitingUpTo wait: Duration
    ) async throws(ServiceError) -> WaitedRecords {
        guard !core.isAWS, wait >= .milliseconds(1) else {
            return WaitedRecords(try await call(GetRecords.self, request))
        }
        let longest = min(wait, .seconds(Limits.maximumReadWaitInSeconds))
        let (response, waited) = try await core.call(
            GetRecords.self,
            request,
            waitingUpTo: ServiceWait(longest: longest)
        )
        return WaitedRecords(response, waited: waited)
    }

    /// Calls an action that answers with an event stream, once.
    func open(_ action: String, body: ByteBuffer) async throws(ServiceError) -> HTTPClientResponse.Body {
        try await core.open(action, body: body)
    }

    func shutDown() async { await core.shutDown() }
}

/// Makes a client for the duration of a scope; its connections are closed when the scope ends.
///
/// - Parameters:
///   - configuration: Where and how it calls.
///   - logger: Gets messages at `debug` and below.
///   - metricsFactory: Makes the metrics; nil for none.
///   - body: Uses the client.
public func withKinesisClient<Result>(
    _ configuration: ClientConfiguration,
    logger: Logger,
    metricsFactory: (any MetricsFactory)? = nil,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (KinesisClient) async throws -> sending Result
) async throws -> sending Result {
    let client = try KinesisClient(configuration: configuration, logger: logger, metricsFactory: metricsFactory)
    do {
        let result = try await body(client)
        await client.shutDown()
        return result
    } catch {
        await client.shutDown()
        throw error
    }
}
