import NIOCore

/// A request as every protocol version delivers it, body collected.
struct ServerRequest: Sendable {
    /// The method, upper-case.
    var method: String
    /// The path, with the query if there is one.
    var path: String
    /// `X-Amz-Target`: service and action, with a dot between.
    var target: String?
    /// `Content-Type`.
    var contentType: String?
    /// The body.
    var body: ByteBuffer
}
