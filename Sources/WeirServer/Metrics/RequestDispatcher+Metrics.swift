import NIOCore
import WeirAccess
import WeirMetrics
import WeirModel
import WeirWire

extension RequestDispatcher {
    /// Answers with the metrics, whoever may read them: where a token is set, who sends it; where there are access
    /// keys, who signs with one that is allowed `weir:Metrics`; where there is neither, everybody.
    func metrics(_ request: ServerRequest, _ requestID: String, _ trace: inout Trace) async -> ServerResponse {
        (trace.service, trace.action) = ("weir", "Metrics")
        do throws(ServiceError) {
            if !hasMetricsToken(request) {
                if metricsToken != nil, identification.access == nil {
                    throw ServiceError(.missingAuthenticationToken, "A bearer token is needed.")
                }
                trace.identity = try identification.identify(request, service: "weir")
                try trace.identity.caller?.authorize("weir:Metrics", on: "*")
            }
        } catch {
            trace.errorCode = error.code
            var response = ServerResponse(
                status: error.code == .accessDenied ? 403 : 401,
                contentType: WireContentType.json11.rawValue,
                requestID: requestID,
                body: errorBody(error, .kinesis, .json)
            )
            if metricsToken != nil { response.headers = [(name: "www-authenticate", value: "Bearer")] }
            return response
        }
        // A page of many streams takes long, and the connections of this event loop need not wait for it.
        let body = await withTaskExecutorPreference(globalConcurrentExecutor) { await page.text() }
        return ServerResponse(status: 200, contentType: MetricText.contentType, requestID: requestID, body: body)
    }

    private func hasMetricsToken(_ request: ServerRequest) -> Bool {
        guard let metricsToken, let header = request.headers.first(name: "authorization") else { return false }
        let scheme = "bearer "
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.count).lowercased() == scheme else {
            return false
        }
        return metricsToken.matches(String(header.dropFirst(scheme.count)))
    }
}
