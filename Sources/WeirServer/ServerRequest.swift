import NIOCore
import WeirWire

/// A request as every protocol version delivers it, body collected.
///
/// Method, path, query and headers are as on the wire: a signature covers them in this form.
struct ServerRequest: Sendable {
    /// The method, upper-case.
    var method: String
    /// The path, still encoded, without the query; at least `/`.
    var path: String
    /// The query, still encoded, without the question mark; empty when there is none.
    var query: String
    /// All headers.
    var headers: RequestHeaders
    /// `X-Amz-Target`: service and action, with a dot between.
    let target: String?
    /// `Content-Type`.
    let contentType: String?
    /// Who sent it.
    var remoteAddress: SocketAddress?
    /// The body.
    let body: CallBody
    /// How the call may wait for records, where its client asks for that.
    let wait: CallWait?
    /// Whether the call takes something for its client alone, which nobody must have when that has gone.
    let takesForClient: Bool
    /// The body's share of the memory for bodies; nil for a small one.
    var allowance: BodyAllowance?

    /// A request from its parts.
    ///
    /// - Parameters:
    ///   - method: The method, upper-case.
    ///   - uri: The request's target: path and query.
    ///   - headers: All headers, with `host` among them.
    ///   - remoteAddress: Who sent it.
    ///   - body: The body, whole.
    ///   - allowance: The body's share of the memory for bodies.
    init(
        method: String,
        uri: String,
        headers: RequestHeaders,
        remoteAddress: SocketAddress? = nil,
        body: ByteBuffer,
        allowance: BodyAllowance? = nil
    ) {
        self.method = method
        let question = uri.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = String(uri[..<(question ?? uri.endIndex)])
        query = question.map { String(uri[uri.index(after: $0)...]) } ?? ""
        if path.isEmpty { path = "/" }
        self.headers = headers
        target = headers.first(name: "x-amz-target")
        contentType = headers.first(name: "content-type")
        wait =
            target?.hasSuffix(Self.read) == true
            ? headers.first(name: CallWait.requestHeader).flatMap(CallWait.init(header:)) : nil
        takesForClient =
            target.map { $0.hasSuffix(Self.receives.records) || $0.hasSuffix(Self.receives.deadLetters) } ?? false
        self.remoteAddress = remoteAddress
        self.body = CallBody(body)
        self.allowance = allowance
    }

    /// The end of the targets of calls that may wait for records. A name is made from its type whenever it is asked for.
    private static let read = ".\(GetRecords.name)"

    /// The ends of the targets of calls that receive records of a queue.
    private static let receives = (
        records: ".\(ReceiveQueueRecords.name)", deadLetters: ".\(ReceiveDeadLetterQueueRecords.name)"
    )
}
