import NIOCore

/// Stands before the handler of HTTP/2 and drops what a client sends when it does not matter any more.
///
/// It is read all the same, so that the client gets to see the last answers: a socket that is closed with bytes unread
/// resets the connection.
final class InputGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Whether bytes pass.
    var isOpen = true
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOpen { context.fireChannelRead(data) }
    }

    /// Lets the handler behind go on with what has passed.
    func goOn() {
        guard isOpen, let context else { return }
        context.fireChannelRead(wrapInboundOut(ByteBuffer()))
        context.fireChannelReadComplete()
    }
}
