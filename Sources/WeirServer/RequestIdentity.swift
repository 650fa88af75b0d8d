import NIOHTTP1
import Synchronization
import WeirAccess
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

/// Who sent a request, and for which region.
struct RequestIdentity: Sendable {
    /// Nil where nobody is asked for credentials.
    var caller: Caller?
    /// Nil when the request names none.
    var region: String?
}

/// Finds out who sent a request: by its signature where the server has access keys; else by nothing, and every region that
/// a request names is taken for granted.
struct RequestIdentification: Sendable {
    let access: AccessControl?
    let time: any TimeSource

    /// The identity of a request for a service, as signatures name it. Throws the errors of
    /// ``AccessControl/authenticate(_:body:service:now:)``.
    func identify(_ request: ServerRequest, service: String) throws(ServiceError) -> RequestIdentity {
        guard let access else {
            let region = SignatureClaim.claimedRegion(
                authorization: request.headers.first(name: "authorization"),
                query: request.query
            )
            return RequestIdentity(region: region)
        }
        let identity = try access.authenticate(
            ReceivedRequest(request),
            body: request.body.bytes,
            service: service,
            now: time.wallMilliseconds
        )
        return RequestIdentity(caller: identity.caller, region: identity.region)
    }

    /// Throws `accessDenied` when a caller may no more what its call was let through for.
    func requireRights(of caller: WatchedCaller?) throws(ServiceError) {
        guard let access, let caller else { return }
        let isLost = Atomic(false)
        withExtendedLifetime(access.watch(caller) { isLost.store(true, ordering: .relaxed) }) {}
        guard !isLost.load(ordering: .relaxed) else {
            throw ServiceError(.accessDenied, "The access key or its permissions were changed while the call waited.")
        }
    }

    /// An answer that ends when its reader may not have it any more.
    func guarded(_ stream: any ReplyStream, for caller: WatchedCaller?) -> any ReplyStream {
        guard let access, let caller else { return stream }
        return GuardedReplyStream(stream, for: caller, by: access)
    }
}

extension ReceivedRequest {
    /// A request as its signature covers it.
    fileprivate init(_ request: ServerRequest) {
        self.init(
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers.map { (name: $0.name, value: $0.value) }
        )
    }
}
