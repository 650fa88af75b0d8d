import NIOCore
import NIOTLS

/// Holds the first bytes of a connection until they tell what it speaks, and makes way for the handlers of that.
///
/// Over TLS it sees what was decrypted. A client that agreed on HTTP/2 there must begin as one does.
final class ProtocolSniffingHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Adds the handlers of a version behind this one. The first request must have come by the deadline.
    typealias Installer = (ProtocolSniffer.Version, ProtocolSniffingHandler, NIODeadline) throws -> Void

    private let install: Installer
    private let deadline: NIODeadline
    private var sniffer = ProtocolSniffer()
    private var received = ByteBuffer()
    private var alarm: Scheduled<Void>?
    /// What the client agreed on in TLS (ALPN).
    private var agreedProtocol: String?

    /// A handler that closes the connection unless it is clear by the deadline what it speaks.
    init(deadline: NIODeadline, install: @escaping Installer) {
        self.deadline = deadline
        self.install = install
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        alarm = context.eventLoop.scheduleTask(deadline: deadline) { context.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { alarm?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        let version = sniffer.take(bytes.readableBytesView)
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        guard let version else { return }
        guard agreedProtocol != "h2" || version == .http2 else { return context.close(promise: nil) }
        do {
            try install(version, self, deadline)
        } catch {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(wrapInboundOut(received))
        received = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSUserEvent:
            if case .handshakeCompleted(let negotiated) = event { agreedProtocol = negotiated }
            context.fireUserInboundEventTriggered(event)
        case is ServerIsShuttingDown, ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
