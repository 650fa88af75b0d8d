import NIOCore
import WeirModel
import WeirMonitoring
import WeirWire

/// CloudWatch, which speaks protocols that the other services do not.
extension RequestDispatcher {
    /// The call to CloudWatch that a request is; nil when it is none.
    func cloudWatchCall(_ request: ServerRequest) -> CloudWatchCall? {
        if request.method == "POST" {
            // Most requests are for other services, and leave here. Clients of the other protocols send no target.
            if let target = request.target {
                return jsonAction(request, target).map { .json($0, body: request.body.bytes) }
            }
            if let action = rpcAction(request) { return .rpc(action, body: request.body.bytes) }
        }
        guard request.path == "/" else { return nil }
        switch request.method {
        case "POST" where isForm(request.contentType): return .form(query: request.query, body: request.body.bytes)
        case "GET" where request.query.hasPrefix("Action=") || request.query.contains("&Action="):
            return .form(query: request.query, body: ByteBuffer())
        default: return nil
        }
    }

    /// Performs a call to CloudWatch.
    func answer(
        _ call: CloudWatchCall,
        _ request: ServerRequest,
        _ requestID: String,
        _ trace: inout Trace
    ) async -> ServerResponse {
        trace.service = CloudWatchCall.signingName
        let answer: CloudWatchAnswer
        do throws(ServiceError) {
            trace.identity = try identification.identify(request, service: CloudWatchCall.signingName)
            trace.action = CloudWatchService.action
            let body = try await bodies.unpack(request)
            defer { withExtendedLifetime(body) {} }
            let unpacked = request.method == "POST" ? call.with(body: body.content.take()) : call
            let region = trace.identity.region ?? services.defaultRegion
            let caller = trace.identity.caller
            // A large call takes long to be read, and the connections of this event loop need not wait for it.
            let executor: (any TaskExecutor)? = unpacked.size > Self.largeCallSize ? globalConcurrentExecutor : nil
            let outcome = try await withTaskExecutorPreference(executor) { () async throws(ServiceError) in
                try cloudWatch.perform(unpacked, region: region, caller: caller)
            }
            answer = call.form.success(outcome.action, requestID: requestID, entityFault: outcome.entityFault)
        } catch {
            trace.errorCode = error.code
            if CloudWatchService.isUnknownAction(error) { trace.action = "" }
            answer = call.form.failure(error, requestID: requestID)
        }
        var response = ServerResponse(
            status: answer.status,
            contentType: answer.contentType,
            requestID: requestID,
            body: answer.body
        )
        response.headers = answer.headers
        return response
    }

    /// The action in the path of Smithy's RPC: `/service/GraniteServiceVersion20100801/operation/PutMetricData`.
    private func rpcAction(_ request: ServerRequest) -> String? {
        let prefix = Self.rpcPrefix
        guard request.path.hasPrefix(prefix), request.headers.first(name: "smithy-protocol") == "rpc-v2-cbor" else {
            return nil
        }
        return String(request.path.dropFirst(prefix.count))
    }

    private func jsonAction(_ request: ServerRequest, _ target: String) -> String? {
        guard target.hasPrefix(Self.jsonPrefix), WireContentType(header: request.contentType)?.format == .json else {
            return nil
        }
        return String(target.dropFirst(Self.jsonPrefix.count))
    }

    /// Bytes of a call from which it is not performed on the event loop.
    private static let largeCallSize = 16 << 10
    private static let rpcPrefix = "/service/\(CloudWatchCall.target)/operation/"
    private static let jsonPrefix = "\(CloudWatchCall.target)."

    private func isForm(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " }
        return type.lowercased() == "application/x-www-form-urlencoded"
    }
}
