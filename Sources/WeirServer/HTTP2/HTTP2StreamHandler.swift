import NIOCore
import NIOHPACK
import NIOHTTP2

/// An HTTP/2 stream: collects a request, has it performed, and writes the response.
///
/// ``HTTP2StreamStateMachine`` decides; this handler does the I/O.
final class HTTP2StreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let connection: HTTP2ConnectionHandler
    private var machine: HTTP2StreamStateMachine
    private var context: ChannelHandlerContext?
    private var head = HTTP2RequestHead()
    private var headers = HPACKHeaders()
    private var body = ByteBuffer()
    private var isWriting = false
    private var isClosed = false
    private var alarm = TimeoutAlarm<HTTP2StreamStateMachine.Timeout>()

    init(_ connection: HTTP2ConnectionHandler) {
        self.connection = connection
        machine = HTTP2StreamStateMachine(maximumBodyBytes: connection.shared.maximumBodyBytes)
    }

    // MARK: Events of the stream

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Without an event before when the connection was closed before the stream became active.
        channelClosed()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        channelClosed()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame): take(frame)
        case .data(let frame): take(frame)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        updateAlarm()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The stream is closed by NIO's handler, which is told by an event of its own.
    }

    /// The client sends no more on this connection.
    func inputEnded() {
        perform(machine.inputEnded())
        updateAlarm()
    }

    private func channelClosed() {
        guard !isClosed else { return }
        isClosed = true
        machine.closed()
        alarm.cancel()
        dropRequest()
        endIfDone()
    }

    /// The connection may be closed once what was written has reached the socket.
    private func endIfDone() {
        if isClosed, !isWriting { connection.streamEnded(self) }
    }

    // MARK: Requests

    private func take(_ frame: HTTP2Frame.FramePayload.Headers) {
        if headers.isEmpty {
            headers = frame.headers
            head = HTTP2RequestHead(headers)
        }
        perform(machine.headArrived(head, endsRequest: frame.endStream))
    }

    private func take(_ frame: HTTP2Frame.FramePayload.Data) {
        if case .byteBuffer(var bytes) = frame.data, bytes.readableBytes > 0 {
            switch machine.bodyArrived(count: bytes.readableBytes) {
            case .keep:
                // A body in one frame is taken as it is.
                if body.readableBytes == 0 { body = bytes } else { body.writeBuffer(&bytes) }
            case .drop: break
            case .refuse(let refusal): perform(.refuse(refusal))
            }
        }
        if frame.endStream { perform(machine.endArrived()) }
    }

    private func perform(_ action: HTTP2StreamStateMachine.Action) {
        guard let context else { return }
        switch action {
        case .none: break
        case .sendContinue:
            let payload = HTTP2Frame.FramePayload.headers(.init(headers: HTTP2Response.continue))
            context.writeAndFlush(wrapOutboundOut(payload), promise: nil)
        case .perform: startRequest(context)
        case .refuse(let refusal):
            write(connection.shared.dispatcher.refuse(refusal), context)
            dropRequest()
        case .stopRequest: context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
        case .close:
            context.close(promise: nil)
            // NIO's handler forgets to tell of the end of a stream in whose reset it found a flood.
            channelClosed()
        }
    }

    private func startRequest(_ context: ChannelHandlerContext) {
        let request = ServerRequest(
            method: head.method,
            uri: head.path,
            headers: .http2(headers),
            // The channel of a stream has none of its own.
            remoteAddress: context.channel.parent?.remoteAddress,
            body: body
        )
        body = ByteBuffer()
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let dispatcher = connection.shared.dispatcher
        let executor = connection.shared.executor
        Task(executorPreference: executor) {
            let response = await dispatcher.respond(to: request)
            if eventLoop.inEventLoop {
                handler.value.respond(response)
            } else {
                executor.execute { handler.value.respond(response) }
            }
        }
    }

    private func respond(_ response: ServerResponse) {
        // The client may have gone meanwhile.
        guard let context, machine.beginAnswer() else { return }
        write(response, context)
        dropRequest()
    }

    private func write(_ response: ServerResponse, _ context: ChannelHandlerContext) {
        let headers = HTTP2Response.headers(response, date: connection.shared.clock.now)
        let hasBody = head.method != "HEAD" && response.body.readableBytes > 0
        let promise = context.eventLoop.makePromise(of: Void.self)
        isWriting = true
        promise.futureResult.assumeIsolated().whenComplete { _ in self.written() }
        context.write(
            wrapOutboundOut(.headers(.init(headers: headers, endStream: !hasBody))),
            promise: hasBody ? nil : promise
        )
        if hasBody {
            let data = HTTP2Frame.FramePayload.Data(data: .byteBuffer(response.body), endStream: true)
            context.write(wrapOutboundOut(.data(data)), promise: promise)
        }
        context.flush()
        updateAlarm()
    }

    private func written() {
        isWriting = false
        if !isClosed { perform(machine.written()) }
        updateAlarm()
        endIfDone()
    }

    private func dropRequest() {
        headers = HPACKHeaders()
        body = ByteBuffer()
    }

    // MARK: Time

    private func updateAlarm() {
        guard let context else { return }
        alarm.update(machine.timeout, on: context.eventLoop, amount: connection.shared.timeouts.amount) {
            self.alarmRang()
        }
    }

    private func alarmRang() {
        guard let context, alarm.isLate(on: context.eventLoop, ring: { self.alarmRang() }) else { return }
        perform(machine.timedOut())
        updateAlarm()
    }
}
