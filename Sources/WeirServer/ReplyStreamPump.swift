import NIOCore
import WeirWire

/// What a ``ReplyStreamPump`` writes to: an answer of one of the protocol versions.
protocol ReplyStreamSink: AnyObject {
    /// Writes a part of the body, and says so to the pump when it has left for the client.
    func write(_ part: ByteBuffer, from pump: ReplyStreamPump)

    /// Sends what was written.
    func flush()

    /// Writes and sends the end of the body.
    func finish()
}

/// Moves the pieces of a body that is made while it is read to the client, one after the other.
///
/// ``ReplyStreamStateMachine`` decides. It lives on one event loop.
final class ReplyStreamPump {
    private let stream: any ReplyStream
    private let executor: EventLoopTaskExecutor
    private let eventLoop: any EventLoop
    private unowned let sink: any ReplyStreamSink
    private var machine = ReplyStreamStateMachine()
    private var unwritten = UnwrittenPieces()
    private var task: Task<Void, Never>?

    init(
        _ stream: any ReplyStream,
        to sink: any ReplyStreamSink,
        _ executor: EventLoopTaskExecutor,
        _ eventLoop: any EventLoop
    ) {
        self.stream = stream
        self.sink = sink
        self.executor = executor
        self.eventLoop = eventLoop
    }

    /// Begins to write. To be called when the head of the answer was written.
    func begin() { perform(machine.begin()) }

    /// Tells that so many bytes have left for the client.
    func written(bytes: Int) {
        unwritten.written(bytes: bytes)
        perform(machine.written(bytes: bytes))
    }

    /// Ends the body before its end.
    func end() { perform(machine.end()) }

    /// Ends the stream without a word: the client has gone.
    func abandon() { perform(machine.abandon()) }

    private func perform(_ action: ReplyStreamStateMachine.Action) {
        switch action {
        case .none: break
        case .pull: pull()
        case .finish: sink.finish()
        case .cancel: cancel()
        case .cancelAndFinish:
            cancel()
            sink.finish()
        }
    }

    private func cancel() {
        stream.cancel()
        task?.cancel()
        task = nil
    }

    private func pull() {
        let pump = NIOLoopBound(self, eventLoop: eventLoop)
        let stream = stream
        let eventLoop = eventLoop
        let executor = executor
        task = Task(executorPreference: executor) {
            let piece = await stream.next()
            if eventLoop.inEventLoop {
                pump.value.take(piece)
            } else {
                executor.execute { pump.value.take(piece) }
            }
        }
    }

    private func take(_ piece: ReplyPiece?) {
        task = nil
        guard let piece else { return perform(machine.endArrived()) }
        guard machine.pieceArrived(bytes: piece.bytes.readableBytes) else { return }
        unwritten.append(piece)
        var rest = piece.bytes
        while let part = rest.readPart() { sink.write(part, from: self) }
        sink.flush()
        perform(machine.handedOver())
    }
}
