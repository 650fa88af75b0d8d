import NIOCore
import NIOHTTP2

/// An HTTP/2 connection: lets streams in, and ends when it is time.
///
/// ``HTTP2ConnectionStateMachine`` decides; this handler does the I/O. It stands behind NIO's handler, which takes the
/// streams apart, answers pings, and guards against floods.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    let shared: ConnectionContext
    private let gate: InputGate
    private var machine = HTTP2ConnectionStateMachine()
    private var context: ChannelHandlerContext?
    private var streams: [ObjectIdentifier: HTTP2StreamHandler] = [:]
    private var lastStreamID = HTTP2StreamID.rootStream
    private var alarm: TimeoutAlarm<HTTP2ConnectionStateMachine.Timeout>

    /// A handler of a connection whose first request must come by the deadline.
    init(_ shared: ConnectionContext, gate: InputGate, deadline: NIODeadline) {
        self.shared = shared
        self.gate = gate
        alarm = TimeoutAlarm(.firstRequest, deadline: deadline)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        updateAlarm()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        alarm.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A frame of the connection, which NIO's handler has looked after.
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ServerIsShuttingDown:
            perform(machine.shutDown())
            for stream in Array(streams.values) { stream.shutDown() }
        case ChannelEvent.inputClosed:
            endInput()
            perform(machine.inputClosed())
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch HTTP2Fault(error) {
        case .stream:
            // A request that crosses the news that the server goes away stops NIO's handler in the middle of what came
            // in, and the rest of it waits for more: nothing more may come.
            if machine.isEnding { context.eventLoop.assumeIsolated().execute { self.gate.goOn() } }
        case .connection where machine.isEnding: break
        case .connection:
            endInput()
            perform(machine.broken())
        case .transport: context.close(promise: nil)
        }
    }

    // MARK: Streams

    /// Whether the streams in flight are the last ones.
    var isEnding: Bool { machine.isEnding }

    /// Whether there are so many streams that small bodies, too, count for the memory of all bodies.
    var isCrowded: Bool { streams.count > Self.uncrowdedStreamCount }

    private static let uncrowdedStreamCount = 8

    /// Sets up a stream that the client opened.
    func open(_ channel: any Channel) throws {
        if let id = try channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID) {
            lastStreamID = max(lastStreamID, id)
        }
        machine.streamOpened()
        let stream = HTTP2StreamHandler(self)
        streams[ObjectIdentifier(stream)] = stream
        updateAlarm()
        try channel.pipeline.syncOperations.addHandler(stream)
    }

    /// To be told when a stream is closed and its answer was written.
    func streamEnded(_ stream: HTTP2StreamHandler) {
        guard streams.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
        perform(machine.streamClosed())
    }

    private func endInput() {
        gate.isOpen = false
        for stream in Array(streams.values) { stream.inputEnded() }
    }

    // MARK: Actions

    private func perform(_ action: HTTP2ConnectionStateMachine.Action) {
        defer { updateAlarm() }
        guard let context else { return }
        switch action {
        case .none: break
        case .goAway: goAway(context)
        case .goAwayAndCloseOutput:
            goAway(context)
            closeOutput(context)
        case .closeOutput: closeOutput(context)
        case .close: close(.all, context)
        }
    }

    /// Closes in the next round: what was written to streams in this one is flushed at its end.
    private func close(_ mode: CloseMode, _ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().execute { context.close(mode: mode, promise: nil) }
    }

    private func closeOutput(_ context: ChannelHandlerContext) {
        gate.isOpen = false
        close(.output, context)
    }

    private func goAway(_ context: ChannelHandlerContext) {
        let payload = HTTP2Frame.FramePayload.goAway(lastStreamID: lastStreamID, errorCode: .noError, opaqueData: nil)
        context.writeAndFlush(wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: payload)), promise: nil)
    }

    private func updateAlarm() {
        guard let context else { return }
        alarm.update(machine.timeout, on: context.eventLoop, amount: shared.timeouts.amount) { self.alarmRang() }
    }

    private func alarmRang() {
        guard let context, alarm.isLate(on: context.eventLoop, ring: { self.alarmRang() }) else { return }
        perform(machine.timedOut())
    }
}
