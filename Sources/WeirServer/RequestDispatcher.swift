import Logging
import NIOCore
import WeirAccess
import WeirBytes
import WeirModel
import WeirMonitoring
import WeirRuntime
import WeirWire

/// Finds the service that a request is for, has it perform the action, and puts the outcome into a response.
///
/// It stands between the protocol versions, which bring requests, and the services, which know nothing of HTTP.
struct RequestDispatcher: Sendable {
    let services: RegionalServices
    let identification: RequestIdentification
    let cloudWatch: CloudWatchService
    let page: MetricsPage
    let metricsToken: MetricsToken?
    private let accessLog: AccessLog?
    /// Nil where it is not allowed.
    let reset: StoreReset?
    /// Nil where it is not allowed.
    let backup: StoreBackup?
    let bodies: BodyUnpacker
    private let replies = ReplyMemory()
    private let requestIDs = RequestIDSource()
    private let time: any TimeSource
    let logger: Logger

    init(
        services: RegionalServices,
        access: AccessControl? = nil,
        accessLog: AccessLog? = nil,
        reset: StoreReset? = nil,
        backup: StoreBackup? = nil,
        cloudWatch: CloudWatchService,
        page: MetricsPage,
        metricsToken: MetricsToken? = nil,
        bodies: BodyUnpacker,
        time: any TimeSource,
        logger: Logger
    ) {
        self.services = services
        identification = RequestIdentification(access: access, time: time)
        self.accessLog = accessLog
        self.reset = reset
        self.backup = backup
        self.cloudWatch = cloudWatch
        self.page = page
        self.metricsToken = metricsToken
        self.bodies = bodies
        self.time = time
        self.logger = logger
    }

    /// What is learned about a request while it is performed.
    struct Trace {
        var identity = RequestIdentity()
        var errorCode: ServiceError.Code?
        /// The service as signatures name it; empty where the request is for none.
        var service = ""
        /// The action; empty unless the service has one of that name.
        var action = ""
        /// How long the call waited for records, because its input says so; nil where it says no such thing.
        var waited: WaitedTime?
    }

    /// Performs a request.
    func respond(to request: ServerRequest) async -> ServerResponse {
        // Nothing else uses it, and an optimized build lets go of what is not used any more: the body would not be counted.
        defer { withExtendedLifetime(request.allowance) {} }
        let requestID = requestIDs.next()
        let start = time.monotonicNanoseconds
        var trace = Trace()
        let response = await perform(request, requestID, &trace)
        // What a call waited for records, because its client asked for that, is no time that the server took.
        let waited = trace.waited?.nanoseconds ?? request.wait?.waitedNanoseconds ?? 0
        let nanoseconds = time.monotonicNanoseconds - start - waited
        count(request, response, trace, nanoseconds: nanoseconds)
        log(request, response, trace, nanoseconds: nanoseconds)
        return response
    }

    private func count(_ request: ServerRequest, _ response: ServerResponse, _ trace: Trace, nanoseconds: UInt64) {
        page.requests.count(
            .init(
                service: trace.service,
                action: trace.action,
                status: response.status,
                error: trace.errorCode?.rawValue ?? ""
            ),
            nanoseconds: nanoseconds,
            requestBytes: request.body.size,
            responseBytes: response.contentLength ?? 0
        )
    }

    private func log(_ request: ServerRequest, _ response: ServerResponse, _ trace: Trace, nanoseconds: UInt64) {
        logger.debug(
            "request",
            metadata: [
                "request.id": "\(response.requestID)", "http.method": "\(request.method)",
                "aws.target": "\(request.target ?? request.path)", "http.status": "\(response.status)",
                "request.bytes": "\(request.body.size)",
                "response.bytes": "\(response.contentLength.map { "\($0)" } ?? "stream")",
                "duration.us": "\(nanoseconds / 1000)",
                "wait.us": "\((trace.waited?.nanoseconds ?? request.wait?.waitedNanoseconds ?? 0) / 1000)",
            ]
        )
        accessLog?.write(
            AccessLogEntry(
                time: time.wallMilliseconds,
                requestID: response.requestID,
                remoteAddress: request.remoteAddress,
                user: trace.identity.caller?.user,
                region: trace.identity.region,
                method: request.method,
                path: request.path,
                target: request.target,
                status: response.status,
                errorCode: trace.errorCode?.rawValue,
                requestBytes: request.body.size,
                responseBytes: response.contentLength ?? 0,
                microseconds: Int64(nanoseconds / 1000),
                waitedMicroseconds: trace.waited.map { Int64($0.nanoseconds / 1000) }
                    ?? request.wait.flatMap { wait in
                        wait.waited == nil ? nil : Int64(wait.waitedNanoseconds / 1000)
                    }
            )
        )
    }

    /// The response to a request that could not be read to its end, or not at all.
    func refuse(_ refusal: RequestRefusal, from remoteAddress: SocketAddress?) -> ServerResponse {
        page.requests.count(
            .init(service: "", action: "", status: refusal.status, error: refusal.code),
            nanoseconds: 0,
            requestBytes: 0,
            responseBytes: 0
        )
        let response = ServerResponse(
            status: refusal.status,
            contentType: WireContentType.json11.rawValue,
            requestID: requestIDs.next(),
            body: errorBody(ServiceError(.init(rawValue: refusal.code), refusal.message), .kinesis, .json)
        )
        // What there was of a head is not told: mostly there was none that could be read.
        accessLog?.write(
            AccessLogEntry(
                time: time.wallMilliseconds,
                requestID: response.requestID,
                remoteAddress: remoteAddress,
                method: "",
                path: "",
                status: refusal.status,
                errorCode: refusal.code,
                requestBytes: 0,
                responseBytes: response.contentLength ?? 0,
                microseconds: 0
            )
        )
        return response
    }

    private func perform(
        _ request: ServerRequest,
        _ requestID: String,
        _ trace: inout Trace
    ) async -> ServerResponse {
        if let call = cloudWatchCall(request) { return await answer(call, request, requestID, &trace) }
        guard request.method == "POST" else { return await answerWithoutAction(request, requestID, &trace) }
        if request.path == Self.resetPath { return await performReset(request, requestID, &trace) }
        if request.path == Self.backupPath { return await performBackup(request, requestID, &trace) }
        guard let contentType = WireContentType(header: request.contentType) else {
            // AWS answers in XML where it cannot tell the protocol of the client.
            guard let target = request.target, target.contains(".") else { return accessDenied(requestID) }
            return unknownProtocol(requestID)
        }
        guard let (service, action) = split(request.target), !action.isEmpty else {
            trace.errorCode = .unknownOperation
            return failure(ServiceError(.unknownOperation, ""), nil, contentType, requestID)
        }
        guard contentType.isSpoken(by: service) else { return unknownProtocol(requestID) }
        trace.service = service.endpointPrefix
        do throws(ServiceError) {
            trace.identity = try identification.identify(request, service: service.endpointPrefix)
            let performer = try await services.service(service, for: trace.identity, action: action)
            // Who waits is asked again for the right to what comes.
            let isReceive = Self.queueReceives.contains(action)
            let isLong = request.wait != nil || isReceive || Self.streamingActions.contains(action)
            let watched = isLong ? trace.identity.caller.map(WatchedCaller.init) : nil
            let caller: (any ActionCaller)? = if let watched { watched } else { trace.identity.caller }
            let body = try await bodies.unpack(request)
            defer { withExtendedLifetime(body) {} }
            let reservation = action == Self.read || isReceive ? ReplyReservation(replies) : nil
            if isReceive { trace.waited = WaitedTime() }
            let call = ActionCall(
                action,
                body: body.content,
                format: contentType.format,
                caller: caller,
                reply: reservation,
                wait: request.wait,
                waited: trace.waited,
                replyMemory: replies
            )
            trace.action = action
            switch try await performer.perform(call) {
            case .stream(let stream):
                return ServerResponse(requestID: requestID, stream: identification.guarded(stream, for: watched))
            case .message(let body):
                let allowance = reservation?.allowance
                allowance?.made(bytes: body.readableBytes)
                if trace.waited?.nanoseconds ?? request.wait?.waitedNanoseconds ?? 0 > 0 {
                    try identification.requireRights(of: watched)
                }
                var response = ServerResponse(
                    status: 200,
                    contentType: contentType.rawValue,
                    requestID: requestID,
                    checksum: checksum(of: body, service),
                    body: body,
                    allowance: allowance
                )
                if let waited = request.wait?.responseValue {
                    response.headers = [(name: CallWait.responseHeader, value: waited)]
                }
                return response
            }
        } catch {
            trace.errorCode = error.code
            if error.code == .unknownOperation { trace.action = "" }
            return failure(error, service, contentType, requestID)
        }
    }

    /// The action that answers with records of a shard. A name is made from its type whenever it is asked for.
    private static let read = GetRecords.name

    /// The actions whose answers are streams, which end when the caller's rights do.
    private static let streamingActions = [SubscribeToShard.name, WatchTable.name]

    /// The actions that answer with records of queues, and wait for them.
    private static let queueReceives = [ReceiveQueueRecords.name, ReceiveDeadLetterQueueRecords.name]

    /// The service and the action of a target; nil when there is no such service.
    private func split(_ target: String?) -> (service: WireService, action: String)? {
        guard let target, let dot = target.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let prefix = target[..<dot]
        guard let service = WireService.allCases.first(where: { $0.rawValue == prefix }) else { return nil }
        return (service, String(target[target.utf8.index(after: dot)...]))
    }

    func failure(
        _ error: ServiceError,
        _ service: WireService?,
        _ contentType: WireContentType,
        _ requestID: String
    ) -> ServerResponse {
        if error.httpStatus >= 500 {
            // What the client is to send again is no fault: the server is full, or about to stop.
            logger.log(
                level: error.code == .serviceUnavailable ? .debug : .error,
                "request failed",
                metadata: [
                    "request.id": "\(requestID)", "error.message": "\(error)",
                    "error.cause": "\(error.cause.map { "\($0)" } ?? "")",
                ]
            )
        }
        let body = errorBody(error, service ?? .kinesis, contentType.format)
        return ServerResponse(
            status: error.httpStatus,
            contentType: contentType.rawValue,
            requestID: requestID,
            checksum: checksum(of: body, service),
            body: body
        )
    }

    func errorBody(_ error: ServiceError, _ service: WireService, _ format: WireFormat) -> ByteBuffer {
        var body = ByteBuffer()
        ErrorBody.write(error, service: service, to: &body, format: format)
        return body
    }

    private func checksum(of body: ByteBuffer, _ service: WireService?) -> UInt32? {
        service == .dynamoDB ? body.withUnsafeReadableBytes { CRC32.checksum($0) } : nil
    }

    private func answerWithoutAction(
        _ request: ServerRequest,
        _ requestID: String,
        _ trace: inout Trace
    ) async -> ServerResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return accessDenied(requestID) }
        if request.path == MetricsPage.path { return await metrics(request, requestID, &trace) }
        guard request.path == "/health" else { return accessDenied(requestID) }
        (trace.service, trace.action) = ("weir", "Health")
        return ServerResponse(
            status: 200,
            contentType: "application/json",
            requestID: requestID,
            body: ByteBuffer(string: #"{"status":"ok"}"#)
        )
    }

    private func accessDenied(_ requestID: String) -> ServerResponse {
        let message = "Unable to determine service/operation name to be authorized"
        let code = ServiceError.Code.accessDenied.rawValue
        return xml(403, "<\(code)>\n  <Message>\(message)</Message>\n</\(code)>\n", requestID)
    }

    /// The answer to a content type that the service does not speak.
    private func unknownProtocol(_ requestID: String) -> ServerResponse {
        xml(404, "<UnknownOperationException/>\n", requestID)
    }

    private func xml(_ status: Int, _ text: String, _ requestID: String) -> ServerResponse {
        ServerResponse(status: status, requestID: requestID, body: ByteBuffer(string: text))
    }
}
