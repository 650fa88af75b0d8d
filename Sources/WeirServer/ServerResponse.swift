import NIOCore

/// A response as every protocol version delivers it.
struct ServerResponse: Sendable {
    /// The HTTP status.
    var status: Int
    /// `Content-Type`; left out when nil.
    var contentType: String?
    /// `x-amzn-RequestId`.
    var requestID: String
    /// `x-amz-crc32`: the checksum of the body, which clients of DynamoDB check.
    var checksum: UInt32?
    /// The body.
    var body: ByteBuffer
}
