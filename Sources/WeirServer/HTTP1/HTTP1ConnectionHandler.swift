import Logging
import NIOCore
import NIOHTTP1

/// An HTTP/1.1 connection: collects requests, has them performed one after the other, and writes the responses.
///
/// ``HTTP1ConnectionStateMachine`` decides; this handler does the I/O. Parts of requests that a client sends ahead wait,
/// and no more is read from the socket while they do, so that a connection never holds more than one request and one read.
final class HTTP1ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What the client sent, in its order.
    private enum Input {
        case part(HTTPServerRequestPart)
        /// Bytes that are no request; nothing can be read behind them.
        case unreadable(RequestRefusal)
        /// The client sends no more.
        case end
    }

    private let shared: ConnectionContext
    private var machine: HTTP1ConnectionStateMachine

    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var waiting: [Input] = []
    private var isReadWanted = false
    private var alarm: TimeoutAlarm<HTTP1ConnectionStateMachine.Timeout>

    /// A handler of a connection whose first request must come by the deadline.
    init(_ shared: ConnectionContext, deadline: NIODeadline) {
        self.shared = shared
        machine = HTTP1ConnectionStateMachine(maximumBodyBytes: shared.maximumBodyBytes)
        alarm = TimeoutAlarm(.requestHead, deadline: deadline)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { updateAlarm() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        updateAlarm()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        waiting = []
        alarm.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(.part(unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        updateAlarm()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if machine.isBusy || !waiting.isEmpty {
            isReadWanted = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            machine.becameWritable()
            goOn()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ServerIsShuttingDown: perform(machine.shutDown())
        case ChannelEvent.inputClosed: endArrived()
        default: break
        }
        updateAlarm()
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            take(.unreadable(error == .headerOverflow ? .headTooLarge : .malformed))
            updateAlarm()
        } else if !(error is ByteToMessageDecoderError) {
            // The socket failed: nobody is there to be answered.
            machine.closed()
            context.close(promise: nil)
        }
    }

    /// Bytes came in that may be the beginning of a request.
    func bytesArrived() { machine.bytesArrived() }

    // MARK: Requests

    /// Processes what the client sent now, or behind the requests that it sent before.
    private func take(_ input: Input) {
        if machine.isBusy || !waiting.isEmpty {
            waiting.append(input)
        } else {
            process(input)
        }
    }

    private func endArrived() {
        // Where nothing waits, the machine is told at once, so that the answer in the making says that it is the last.
        if waiting.isEmpty { process(.end) } else { waiting.append(.end) }
    }

    private func process(_ input: Input) {
        switch input {
        case .part(let part): process(part)
        case .unreadable(let refusal): perform(machine.couldNotParse(refusal))
        case .end: perform(machine.inputClosed())
        }
    }

    private func process(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            self.head = head
            perform(
                machine.headArrived(
                    declaredBodyBytes: head.headers.first(name: "content-length").flatMap { Int($0) },
                    expectsContinue: head.version == .http1_1
                        && head.headers.first(name: "expect")?.lowercased() == "100-continue",
                    keepsAlive: head.isKeepAlive
                )
            )
        case .body(var bytes):
            switch machine.bodyArrived(count: bytes.readableBytes) {
            case .keep:
                if body.readableBytes == 0 {
                    // Most bodies come in one piece, which is taken as it is.
                    body = bytes
                } else {
                    body.writeBuffer(&bytes)
                }
            case .drop: break
            case .refuse(let refusal): perform(.refuse(refusal))
            }
        case .end:
            perform(machine.endArrived())
        }
    }

    private func perform(_ action: HTTP1ConnectionStateMachine.Action) {
        guard let context else { return }
        switch action {
        case .none: break
        case .sendContinue:
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: HTTP1Response.continue)), promise: nil)
        case .perform: startRequest(context)
        case .refuse(let refusal):
            dropRequest()
            write(shared.dispatcher.refuse(refusal), isLast: true, context)
        case .linger: context.close(mode: .output, promise: nil)
        case .close: context.close(promise: nil)
        }
    }

    private func startRequest(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let request = ServerRequest(
            method: head.method.rawValue,
            uri: head.uri,
            headers: .http1(head.headers),
            remoteAddress: context.remoteAddress,
            body: body
        )
        body = ByteBuffer()
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let dispatcher = shared.dispatcher
        let executor = shared.executor
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
        guard let context, machine.isBusy else { return }
        let isLast = machine.beginAnswer()
        write(response, isLast: isLast, context)
        dropRequest()
        machine.answered(isWritable: context.channel.isWritable)
        goOn()
    }

    private func write(_ response: ServerResponse, isLast: Bool, _ context: ChannelHandlerContext) {
        let bytes = HTTP1Response.head(
            response,
            date: shared.clock.now,
            closes: isLast,
            isHTTP10: head?.version == .http1_0
        )
        let hasBody = head?.method != .HEAD && response.body.readableBytes > 0
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.perform(self.machine.written())
            self.updateAlarm()
        }
        context.write(wrapOutboundOut(bytes), promise: hasBody ? nil : promise)
        if hasBody { context.write(wrapOutboundOut(response.body), promise: promise) }
        context.flush()
    }

    /// Goes on with what waited while the last request was performed.
    private func goOn() {
        while !waiting.isEmpty, !machine.isBusy { process(waiting.removeFirst()) }
        updateAlarm()
        if isReadWanted, !machine.isBusy, waiting.isEmpty, let context {
            isReadWanted = false
            context.read()
        }
    }

    private func dropRequest() {
        head = nil
        body = ByteBuffer()
    }

    // MARK: Time

    private func updateAlarm() {
        guard let context else { return }
        alarm.update(machine.timeout, on: context.eventLoop, amount: shared.timeouts.amount) { self.alarmRang() }
    }

    private func alarmRang() {
        guard let context, alarm.isLate(on: context.eventLoop, ring: { self.alarmRang() }) else { return }
        perform(machine.timedOut())
        updateAlarm()
    }
}
