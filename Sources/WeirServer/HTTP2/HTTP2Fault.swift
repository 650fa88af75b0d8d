import NIOHTTP2

/// How much of a connection an error of HTTP/2 concerns.
enum HTTP2Fault: Hashable {
    /// One stream, which NIO's handler has ended already.
    case stream
    /// What the client sends cannot be understood any more, or is an attack: NIO's handler has told it to go away.
    case connection
    /// The socket failed: nobody is there any more.
    case transport

    /// The fault that an error tells of.
    init(_ error: any Error) {
        switch error {
        case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed, is NIOHTTP2Errors.NoSuchStream,
            is NIOHTTP2Errors.FlowControlViolation, is NIOHTTP2Errors.TrailersWithoutEndStream:
            self = .stream
        case is NIOHTTP2Errors.ContentLengthViolated, is NIOHTTP2Errors.ContentLengthHeadersMismatch,
            is NIOHTTP2Errors.ContentLengthHeaderNegative, is NIOHTTP2Errors.ContentLengthHeaderMalformedValue:
            self = .stream
        case is NIOHTTP2Errors.MissingPseudoHeader, is NIOHTTP2Errors.DuplicatePseudoHeader,
            is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.UnknownPseudoHeader,
            is NIOHTTP2Errors.UnsupportedPseudoHeader, is NIOHTTP2Errors.InvalidPseudoHeaders,
            is NIOHTTP2Errors.InvalidPseudoHeaderValue, is NIOHTTP2Errors.EmptyPathHeader,
            is NIOHTTP2Errors.MissingHostHeader, is NIOHTTP2Errors.DuplicateHostHeader,
            is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue,
            is NIOHTTP2Errors.ForbiddenHeaderField:
            self = .stream
        case is any NIOHTTP2Error: self = .connection
        default: self = .transport
        }
    }
}
