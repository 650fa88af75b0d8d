import NIOCore
import NIOHPACK
import NIOHTTP2
import WeirModel
import WeirWire

/// An HTTP/2 stream: collects a request, has it performed, and writes the response.
///
/// ``HTTP2StreamStateMachine`` decides; this handler does the I/O. While there is no memory for its body it does not read,
/// and the client may send no more than the window of the stream.
final class HTTP2StreamHandler: ChannelDuplexHandler, ReplyStreamSink {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let connection: HTTP2ConnectionHandler
    private var machine: HTTP2StreamStateMachine
    private var context: ChannelHandlerContext?
    private var head = HTTP2RequestHead()
    private var headers = HPACKHeaders()
    private var body = ByteBuffer()
    private var allowance: BodyAllowance?
    /// Bytes of memory that the allowance knows of.
    private var countedBytes = 0
    private var isReadWanted = false
    private var pump: ReplyStreamPump?
    /// The wait of the request.
    private var wait: CallWait?
    /// What performs the request, where it takes something for the client alone: it ends with the wait.
    private var receive: Task<Void, Never>?
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

    func read(context: ChannelHandlerContext) {
        isReadWanted = true
        readOn(context)
    }

    private func readOn(_ context: ChannelHandlerContext) {
        guard isReadWanted, allowance?.mayRead ?? true else { return }
        isReadWanted = false
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The stream is closed by NIO's handler, which is told by an event of its own.
    }

    /// The client sends no more on this connection.
    func inputEnded() {
        endWait()
        perform(machine.inputEnded())
        updateAlarm()
    }

    /// The server stops.
    func shutDown() { perform(machine.shutDown()) }

    private func channelClosed() {
        guard !isClosed else { return }
        isClosed = true
        machine.closed()
        pump?.abandon()
        pump = nil
        endWait()
        alarm.cancel()
        dropRequest()
        endIfDone()
    }

    /// The connection may be closed once what was written has reached the socket.
    private func endIfDone() {
        if isClosed, machine.isWritten { connection.streamEnded(self) }
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
                countBody()
            case .drop: break
            case .refuse(let refusal): perform(.refuse(refusal))
            }
        }
        if frame.endStream { perform(machine.endArrived()) }
    }

    /// Counts the memory of a body that is not small, or has many beside it.
    private func countBody() {
        let size = body.storageCapacity
        if let allowance {
            allowance.arrived(bytes: size - countedBytes)
        } else if body.readableBytes > Limits.uncountedBodySizeInBytes || connection.isCrowded {
            allowance = connection.shared.budget.begin(on: connection, resume: resumer())
            allowance?.arrived(bytes: size)
        } else {
            return
        }
        countedBytes = size
    }

    /// Has the body read on, from any thread.
    private func resumer() -> (@Sendable () -> Void) {
        guard let eventLoop = context?.eventLoop else { return {} }
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let executor = connection.shared.executor
        return { executor.execute { handler.value.goOn() } }
    }

    private func goOn() {
        if let context { readOn(context) }
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
            let address = context.channel.parent?.remoteAddress
            write(connection.shared.dispatcher.refuse(refusal, from: address), context)
            dropRequest()
        case .endStream: pump?.end()
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
            body: body,
            allowance: allowance
        )
        allowance?.received()
        wait = request.wait
        dropBody()
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let dispatcher = connection.shared.dispatcher
        let executor = connection.shared.executor
        let isReceive = request.takesForClient
        let task = Task(executorPreference: executor) {
            let response = await dispatcher.respond(to: request)
            if eventLoop.inEventLoop {
                handler.value.respond(response)
            } else {
                executor.execute { handler.value.respond(response) }
            }
        }
        receive = isReceive ? task : nil
    }

    private func endWait() {
        wait?.cancel()
        wait = nil
        receive?.cancel()
        receive = nil
    }

    private func respond(_ response: ServerResponse) {
        wait = nil
        receive = nil
        // The client may have gone meanwhile.
        guard let context else { return response.abandon() }
        switch response.body {
        case .whole:
            guard machine.beginAnswer() else { return }
            write(response, context)
            dropRequest()
        case .stream(let stream):
            guard machine.beginStream() else { return stream.cancel() }
            dropRequest()
            writeHead(response, isWhole: false, context)
            context.flush()
            let pump = ReplyStreamPump(stream, to: self, connection.shared.executor, context.eventLoop)
            self.pump = pump
            if connection.isEnding { pump.end() } else { pump.begin() }
            updateAlarm()
        }
    }

    private func write(_ response: ServerResponse, _ context: ChannelHandlerContext) {
        guard case .whole(var rest) = response.body, head.method != "HEAD", rest.readableBytes > 0 else {
            writeHead(response, isWhole: true, context)
            context.flush()
            return updateAlarm()
        }
        let hold = response.holdingAllowance
        machine.partHandedOver()
        writeHead(response, isWhole: false, context)
        while let part = rest.readPart() {
            let isLast = rest.readableBytes == 0
            if !isLast { machine.partHandedOver() }
            write(part, isLast: isLast, context, then: hold)
        }
        context.flush()
        updateAlarm()
    }

    private func writeHead(_ response: ServerResponse, isWhole: Bool, _ context: ChannelHandlerContext) {
        let headers = HTTP2Response.headers(response, date: connection.shared.clock.now)
        let payload = HTTP2Frame.FramePayload.headers(.init(headers: headers, endStream: isWhole))
        context.write(wrapOutboundOut(payload), promise: partPromise(context))
    }

    private func write(
        _ part: ByteBuffer,
        isLast: Bool,
        _ context: ChannelHandlerContext,
        then: (() -> Void)? = nil
    ) {
        let payload = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(part), endStream: isLast))
        context.write(wrapOutboundOut(payload), promise: partPromise(context, then: then))
    }

    /// A promise that tells the machine that a part of an answer has reached the socket.
    private func partPromise(_ context: ChannelHandlerContext, then: (() -> Void)? = nil) -> EventLoopPromise<Void> {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.perform(self.machine.written())
            self.alarm.renew(.responseWrite)
            self.updateAlarm()
            then?()
            self.endIfDone()
        }
        return promise
    }

    // MARK: Answers that are made while they are read

    func write(_ part: ByteBuffer, from pump: ReplyStreamPump) {
        guard let context else { return }
        machine.partHandedOver()
        let count = part.readableBytes
        write(part, isLast: false, context) { pump.written(bytes: count) }
    }

    func flush() {
        context?.flush()
        updateAlarm()
    }

    func finish() {
        guard let context else { return }
        pump = nil
        machine.endedStream()
        write(ByteBuffer(), isLast: true, context)
        context.flush()
        updateAlarm()
    }

    private func dropRequest() {
        headers = HPACKHeaders()
        dropBody()
    }

    private func dropBody() {
        body = ByteBuffer()
        allowance = nil
        countedBytes = 0
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
        perform(machine.timedOut(isHeld: isReadWanted && allowance != nil))
        updateAlarm()
        goOn()
    }
}
