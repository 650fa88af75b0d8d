import Logging
import NIOCore
import WeirBytes
import WeirModel
import WeirRuntime
import WeirWire

/// Finds the service that a request is for, has it perform the action, and puts the outcome into a response.
///
/// It stands between the protocol versions, which bring requests, and the services, which know nothing of HTTP.
struct RequestDispatcher: Sendable {
    private let services: [String: any ActionService]
    private let requestIDs = RequestIDSource()
    private let time: any TimeSource
    private let logger: Logger

    init(services: [any ActionService], time: any TimeSource, logger: Logger) {
        self.services = Dictionary(uniqueKeysWithValues: services.map { ($0.service.rawValue, $0) })
        self.time = time
        self.logger = logger
    }

    /// Performs a request.
    func respond(to request: ServerRequest) async -> ServerResponse {
        let requestID = requestIDs.next()
        let start = time.monotonicNanoseconds
        let response = await perform(request, requestID)
        logger.debug(
            "request",
            metadata: [
                "request.id": "\(requestID)", "http.method": "\(request.method)",
                "aws.target": "\(request.target ?? request.path)", "http.status": "\(response.status)",
                "request.bytes": "\(request.body.readableBytes)",
                "response.bytes": "\(response.contentLength.map { "\($0)" } ?? "stream")",
                "duration.us": "\((time.monotonicNanoseconds - start) / 1000)",
            ]
        )
        return response
    }

    /// The response to a request that could not be read to its end, or not at all.
    func refuse(_ refusal: RequestRefusal) -> ServerResponse {
        ServerResponse(
            status: refusal.status,
            contentType: WireContentType.json11.rawValue,
            requestID: requestIDs.next(),
            body: errorBody(ServiceError(.init(rawValue: refusal.code), refusal.message), .kinesis, .json)
        )
    }

    private func perform(_ request: ServerRequest, _ requestID: String) async -> ServerResponse {
        guard request.method == "POST" else { return answerWithoutAction(request, requestID) }
        guard let contentType = WireContentType(header: request.contentType) else {
            // AWS answers in XML where it cannot tell the protocol of the client.
            guard let target = request.target, target.contains(".") else { return accessDenied(requestID) }
            return unknownProtocol(requestID)
        }
        let (prefix, action) = split(request.target)
        guard let service = services[prefix], !action.isEmpty else {
            return failure(ServiceError(.unknownOperation, ""), nil, contentType, requestID)
        }
        guard contentType.isSpoken(by: service.service) else { return unknownProtocol(requestID) }
        do throws(ServiceError) {
            let call = ActionCall(action, body: request.body, format: contentType.format)
            switch try await service.perform(call) {
            case .stream(let stream): return ServerResponse(requestID: requestID, stream: stream)
            case .message(let body):
                return ServerResponse(
                    status: 200,
                    contentType: contentType.rawValue,
                    requestID: requestID,
                    checksum: checksum(of: body, service.service),
                    body: body
                )
            }
        } catch {
            return failure(error, service.service, contentType, requestID)
        }
    }

    private func split(_ target: String?) -> (prefix: String, action: String) {
        guard let target, let dot = target.firstIndex(of: ".") else { return ("", "") }
        return (String(target[..<dot]), String(target[target.index(after: dot)...]))
    }

    private func failure(
        _ error: ServiceError,
        _ service: WireService?,
        _ contentType: WireContentType,
        _ requestID: String
    ) -> ServerResponse {
        if error.httpStatus >= 500 {
            logger.error(
                "request failed",
                metadata: [
                    "request.id": "\(requestID)", "error": "\(error)", "cause": "\(error.cause.map { "\($0)" } ?? "")",
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

    private func errorBody(_ error: ServiceError, _ service: WireService, _ format: WireFormat) -> ByteBuffer {
        var body = ByteBuffer()
        ErrorBody.write(error, service: service, to: &body, format: format)
        return body
    }

    private func checksum(of body: ByteBuffer, _ service: WireService?) -> UInt32? {
        service == .dynamoDB ? body.withUnsafeReadableBytes { CRC32.checksum($0) } : nil
    }

    private func answerWithoutAction(_ request: ServerRequest, _ requestID: String) -> ServerResponse {
        guard request.path == "/health", request.method == "GET" || request.method == "HEAD" else {
            return accessDenied(requestID)
        }
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
