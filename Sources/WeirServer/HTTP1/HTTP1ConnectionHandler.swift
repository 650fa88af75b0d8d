import Logging
import NIOCore
import NIOHTTP1
import WeirModel
import WeirWire

/// An HTTP/1.1 connection: collects requests, has them performed one after the other, and writes the responses.
///
/// ``HTTP1ConnectionStateMachine`` decides; this handler does the I/O. Parts of requests that a client sends ahead wait,
/// and no more is read from the socket while they do, so that a connection never holds more than one request and one read.
/// Most clients send nothing ahead: the socket is not taken from the event loop's selector and put back with each request.
final class HTTP1ConnectionHandler: ChannelDuplexHandler, ReplyStreamSink {
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

    /// Room that is made at once for a body of which more is to come, where it declared so much.
    private static let leastRoomInBytes = 1 << 20
    /// A larger body is written from where it is, a smaller one is copied behind the head.
    private static let largestBodyWithHeadInBytes = 4 << 10

    private let shared: ConnectionContext
    private var machine: HTTP1ConnectionStateMachine

    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// What the head says of the length of the body; 0 where it says nothing.
    private var declaredBodyBytes = 0
    private var allowance: BodyAllowance?
    /// Bytes of memory that the allowance knows of.
    private var countedBytes = 0
    private var pump: ReplyStreamPump?
    /// The wait of the request that is performed.
    private var wait: CallWait?
    /// What performs the request, where it takes something for the client alone: it ends with the wait.
    private var receive: Task<Void, Never>?
    private var waiting = CircularBuffer<Input>()
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
        waiting.removeAll()
        dropRequest()
        pump?.abandon()
        pump = nil
        endWait()
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
        isReadWanted = true
        readOn(context)
    }

    private func readOn(_ context: ChannelHandlerContext) {
        guard isReadWanted, waiting.isEmpty, allowance?.mayRead ?? true else { return }
        isReadWanted = false
        context.read()
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
        // A client that has gone looks the same; one that is there asks again.
        endWait()
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
            let declaredBodyBytes = head.headers.first(name: "content-length").flatMap { Int($0) }
            self.declaredBodyBytes = declaredBodyBytes ?? 0
            perform(
                machine.headArrived(
                    declaredBodyBytes: declaredBodyBytes,
                    expectsContinue: head.version == .http1_1
                        && head.headers.first(name: "expect")?.lowercased() == "100-continue",
                    keepsAlive: head.isKeepAlive
                )
            )
        case .body(var bytes):
            switch machine.bodyArrived(count: bytes.readableBytes) {
            case .keep:
                keep(&bytes)
                countBody()
            case .drop: break
            case .refuse(let refusal): perform(.refuse(refusal))
            }
        case .end:
            perform(machine.endArrived())
        }
    }

    /// Adds a piece of a body. Many bodies come in one piece, which is taken as it is; where a second comes, there is made
    /// room for what the head declared up to a MiB, so that most bodies are not copied while they grow. A larger one has to
    /// come before it gets room: twice as much each time.
    private func keep(_ bytes: inout ByteBuffer) {
        guard body.readableBytes > 0 else {
            body = bytes
            return
        }
        if body.writableBytes < bytes.readableBytes {
            let rest = min(declaredBodyBytes, shared.maximumBodyBytes) - body.readableBytes
            let room = min(rest, max(body.readableBytes, Self.leastRoomInBytes - body.readableBytes))
            body.reserveCapacity(minimumWritableBytes: max(room, bytes.readableBytes))
        }
        body.writeBuffer(&bytes)
    }

    /// Counts the memory of a body that is not small.
    private func countBody() {
        let size = body.storageCapacity
        if let allowance {
            allowance.arrived(bytes: size - countedBytes)
        } else if body.readableBytes > Limits.uncountedBodySizeInBytes {
            allowance = shared.budget.begin(on: self, resume: resumer())
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
        let executor = shared.executor
        return { executor.execute { handler.value.goOn() } }
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
            let response = shared.dispatcher.refuse(refusal, from: context.channel.remoteAddress)
            if case .whole(let body) = response.body { write(response, body, isLast: true, context) }
            context.flush()
        case .endStream: pump?.end()
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
            remoteAddress: context.channel.remoteAddress,
            body: body,
            allowance: allowance
        )
        allowance?.received()
        wait = request.wait
        dropBody()
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let dispatcher = shared.dispatcher
        let executor = shared.executor
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
        guard let context, machine.isBusy else { return response.abandon() }
        switch response.body {
        case .whole(let body):
            write(response, body, isLast: machine.beginAnswer(), context, then: response.holdingAllowance)
            context.flush()
            dropRequest()
            machine.answered(isWritable: context.channel.isWritable)
            goOn()
        case .stream(let stream):
            let isLast = machine.beginStream(endsWithConnection: head?.version == .http1_0)
            context.writeAndFlush(wrapOutboundOut(headBytes(response, isLast: isLast)), promise: partPromise(context))
            let pump = ReplyStreamPump(stream, to: self, shared.executor, context.eventLoop)
            self.pump = pump
            if machine.mustEndStream { pump.end() } else { pump.begin() }
            updateAlarm()
        }
    }

    private func headBytes(_ response: ServerResponse, isLast: Bool, roomForBody: Int = 0) -> ByteBuffer {
        HTTP1Response.head(
            response,
            date: shared.clock.now,
            closes: isLast,
            isHTTP10: head?.version == .http1_0,
            roomForBody: roomForBody
        )
    }

    /// Writes a response whose body is whole: with its head where it is small, and else in parts, of which the last counts for
    /// the answer.
    private func write(
        _ response: ServerResponse,
        _ body: ByteBuffer,
        isLast: Bool,
        _ context: ChannelHandlerContext,
        then: (() -> Void)? = nil
    ) {
        var rest = head?.method == .HEAD ? ByteBuffer() : body
        let isSmall = rest.readableBytes <= Self.largestBodyWithHeadInBytes
        var bytes = headBytes(response, isLast: isLast, roomForBody: isSmall ? rest.readableBytes : 0)
        if isSmall {
            bytes.writeBuffer(&rest)
            return context.write(wrapOutboundOut(bytes), promise: partPromise(context, then: then))
        }
        context.write(wrapOutboundOut(bytes), promise: nil)
        while let part = rest.readPart() {
            if rest.readableBytes > 0 { machine.partHandedOver() }
            context.write(wrapOutboundOut(part), promise: partPromise(context, then: then))
        }
    }

    /// A promise that tells the machine that a part of an answer has reached the socket.
    private func partPromise(_ context: ChannelHandlerContext, then: (() -> Void)? = nil) -> EventLoopPromise<Void> {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.perform(self.machine.written())
            self.alarm.renew(.responseWrite)
            self.updateAlarm()
            then?()
        }
        return promise
    }

    // MARK: Answers that are made while they are read

    func write(_ part: ByteBuffer, from pump: ReplyStreamPump) {
        guard let context else { return }
        machine.partHandedOver()
        let isChunked = head?.version != .http1_0
        if isChunked { context.write(wrapOutboundOut(HTTP1Response.chunkHead(part.readableBytes)), promise: nil) }
        let count = part.readableBytes
        context.write(wrapOutboundOut(part), promise: partPromise(context) { pump.written(bytes: count) })
        if isChunked { context.write(wrapOutboundOut(HTTP1Response.chunkEnd), promise: nil) }
    }

    func flush() {
        context?.flush()
        updateAlarm()
    }

    func finish() {
        guard let context else { return }
        pump = nil
        let end = head?.version == .http1_0 ? ByteBuffer() : HTTP1Response.lastChunk
        dropRequest()
        machine.endedStream(isWritable: context.channel.isWritable)
        context.writeAndFlush(wrapOutboundOut(end), promise: partPromise(context))
        goOn()
    }

    /// Goes on with what waited while the last request was performed.
    private func goOn() {
        while !waiting.isEmpty, !machine.isBusy { process(waiting.removeFirst()) }
        updateAlarm()
        if let context { readOn(context) }
    }

    private func dropRequest() {
        head = nil
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
        alarm.update(machine.timeout, on: context.eventLoop, amount: shared.timeouts.amount) { self.alarmRang() }
    }

    private func alarmRang() {
        guard let context, alarm.isLate(on: context.eventLoop, ring: { self.alarmRang() }) else { return }
        perform(machine.timedOut(isHeld: isReadWanted && allowance != nil))
        goOn()
    }
}
