import NIOCore
import WeirWire

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
    /// Headers that only some answers have, with names in lower case.
    var headers: [(name: String, value: String)] = []
    /// The body.
    var body: Body
    /// What the body counts for in the server's memory: to be held until the body has left for the client.
    var allowance: ReplyAllowance?

    /// The body of a response.
    enum Body: Sendable {
        case whole(ByteBuffer)
        /// It is made while it is read, and its length is not known.
        case stream(any ReplyStream)
    }

    /// A response with a body that is whole.
    init(
        status: Int,
        contentType: String? = nil,
        requestID: String,
        checksum: UInt32? = nil,
        body: ByteBuffer,
        allowance: ReplyAllowance? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.requestID = requestID
        self.checksum = checksum
        self.body = .whole(body)
        self.allowance = allowance
    }

    /// To be called when a part of the body has left: holds the allowance until then.
    var holdingAllowance: (() -> Void)? { allowance.map { allowance in { withExtendedLifetime(allowance) {} } } }

    /// A response with a body that is made while it is read.
    init(requestID: String, stream: any ReplyStream) {
        status = 200
        contentType = stream.contentType
        self.requestID = requestID
        body = .stream(stream)
    }

    /// Bytes of the body, when they are known.
    var contentLength: Int? {
        switch body {
        case .whole(let bytes): bytes.readableBytes
        case .stream: nil
        }
    }

    /// Ends a body that nobody will read.
    func abandon() {
        if case .stream(let stream) = body { stream.cancel() }
    }
}
