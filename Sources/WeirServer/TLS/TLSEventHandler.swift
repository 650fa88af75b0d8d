import Logging
import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind the handler of TLS: logs handshakes that failed, passes over ends that TLS calls unclean, and closes the
/// socket once both sides have said that they send no more.
///
/// A client that closes its connection, or its half of it, without saying so in TLS could be cut off by somebody else. That
/// does no harm here: each request says how long it is.
final class TLSEventHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let socket: SocketHandle
    private let logger: Logger
    private var hasShaken = false
    private var isClosing = false
    private var isInputClosed = false

    /// A handler behind that of TLS, which in turn stands behind the handle.
    init(_ socket: SocketHandle, logger: Logger) {
        self.socket = socket
        self.logger = logger
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSUserEvent:
            if case .handshakeCompleted = event { hasShaken = true }
        case ChannelEvent.inputClosed:
            isInputClosed = true
            // Where half-closed connections are allowed, the handler of TLS waits for more although nothing can come.
            if isClosing { socket.close() }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        context.close(mode: mode, promise: promise)
        guard mode == .all else { return }
        isClosing = true
        if isInputClosed { socket.close() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .uncleanShutdown? = error as? NIOSSLError { return }
        if !hasShaken {
            logger.debug(
                "TLS handshake failed",
                metadata: [
                    "client.address": "\(context.remoteAddress.map { "\($0)" } ?? "")", "error.message": "\(error)",
                ]
            )
        }
        context.fireErrorCaught(error)
    }
}

/// Stands before the handler of TLS, to close the socket past it.
final class SocketHandle: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Closes the socket.
    func close() { context?.close(promise: nil) }
}
