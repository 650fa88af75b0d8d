/// Decides what happens on an HTTP/1.1 connection: one request at a time, in order, within limits.
///
/// It does no I/O and knows no clock. The handler tells it what happened, performs the action it returns, and keeps the
/// timer that ``timeout`` asks for.
struct HTTP1ConnectionStateMachine {
    /// What the connection waits for with a limit.
    enum Timeout: Hashable {
        case requestHead
        /// Between requests.
        case idle
        case requestBody
        case responseWrite
        /// After an early answer: the rest of the request is read and dropped, so that the client sees the answer.
        case linger
    }

    enum Action: Hashable {
        case none
        /// Answer `100 Continue`.
        case sendContinue
        /// The request is complete: perform it.
        case perform
        /// Answer with an error and read on only to drop what comes.
        case refuse(RequestRefusal)
        /// End the answer that is made while it is read, before its end.
        case endStream
        /// Wait for the end of the client's bytes.
        case linger
        /// Close the connection.
        case close
    }

    /// What becomes of a part of a body.
    enum BodyAction: Hashable {
        /// It belongs to the request.
        case keep
        /// It belongs to a request that was refused, or nobody is there any more.
        case drop
        /// It makes the body too large: answer with an error.
        case refuse(RequestRefusal)
    }

    private enum State: Hashable {
        /// Between requests. The first one must come soon, the later ones have more time.
        case idle(isFirst: Bool)
        case receivingHead
        case receivingBody(count: Int, keepsAlive: Bool)
        case performing(keepsAlive: Bool)
        /// An answer is written that is made while it is read.
        case streaming(isLast: Bool)
        /// The answer was written but the client is slow to read it.
        case writing
        /// The last answer is on its way.
        case finishing(lingers: Bool)
        case lingering
        case closed
    }

    private let maximumBodyBytes: Int
    private var state = State.idle(isFirst: true)
    private var isShuttingDown = false
    private var isInputClosed = false
    /// Whether bytes came in while the connection was busy: they may be the beginning of the next request.
    private var hasBytesAhead = false
    /// Parts of answers that were handed to the channel and have not reached the socket.
    private var unwrittenParts = 0

    init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

    /// Whether requests that arrive now must wait.
    var isBusy: Bool {
        switch state {
        case .performing, .streaming, .writing: true
        default: false
        }
    }

    /// What the connection waits for with a limit now.
    var timeout: Timeout? {
        switch state {
        case .idle(let isFirst): isFirst ? .requestHead : unwrittenParts > 0 ? .responseWrite : .idle
        case .receivingHead: .requestHead
        case .receivingBody: .requestBody
        case .writing, .finishing: .responseWrite
        // A client that waits for the next piece has all the time in the world.
        case .streaming: unwrittenParts > 0 ? .responseWrite : nil
        case .lingering: .linger
        case .performing, .closed: nil
        }
    }

    /// Bytes came in.
    mutating func bytesArrived() {
        if case .idle = state { state = .receivingHead }
        if isBusy { hasBytesAhead = true }
    }

    /// The head of a request is complete.
    mutating func headArrived(declaredBodyBytes: Int?, expectsContinue: Bool, keepsAlive: Bool) -> Action {
        switch state {
        case .idle, .receivingHead: break
        default: return .none
        }
        if let declaredBodyBytes, declaredBodyBytes > maximumBodyBytes { return refuse(tooLarge, lingers: true) }
        state = .receivingBody(count: 0, keepsAlive: keepsAlive)
        return expectsContinue ? .sendContinue : .none
    }

    /// A part of the body came in.
    mutating func bodyArrived(count: Int) -> BodyAction {
        guard case .receivingBody(let before, let keepsAlive) = state else { return .drop }
        guard before + count <= maximumBodyBytes else {
            _ = refuse(tooLarge, lingers: true)
            return .refuse(tooLarge)
        }
        state = .receivingBody(count: before + count, keepsAlive: keepsAlive)
        return .keep
    }

    /// The request is complete.
    mutating func endArrived() -> Action {
        switch state {
        case .receivingBody(_, let keepsAlive):
            state = .performing(keepsAlive: keepsAlive)
            return .perform
        default: return .none
        }
    }

    /// The answer to the request is about to be written. Returns whether it is the last one on this connection.
    mutating func beginAnswer() -> Bool {
        guard case .performing(let keepsAlive) = state else { return true }
        unwrittenParts += 1
        guard keepsAlive, !isShuttingDown, !isInputClosed else {
            state = .finishing(lingers: false)
            return true
        }
        return false
    }

    /// The answer was handed to the channel, and another request may follow.
    mutating func answered(isWritable: Bool) {
        guard case .performing = state else { return }
        if isWritable { awaitNextRequest() } else { state = .writing }
    }

    /// An answer is about to be written that is made while it is read. Returns whether it is the last one on this
    /// connection, as it is for a client that knows its end only by that of the connection.
    mutating func beginStream(endsWithConnection: Bool) -> Bool {
        guard case .performing(let keepsAlive) = state else { return true }
        unwrittenParts += 1
        let isLast = endsWithConnection || !keepsAlive || isShuttingDown || isInputClosed
        state = .streaming(isLast: isLast)
        return isLast
    }

    /// Whether the answer that is made while it is read must end now: nobody may be there to read it.
    var mustEndStream: Bool {
        guard case .streaming = state else { return false }
        return isShuttingDown || isInputClosed
    }

    /// The end of an answer that is made while it is read was handed to the channel.
    mutating func endedStream(isWritable: Bool) {
        guard case .streaming(let isLast) = state else { return }
        unwrittenParts += 1
        if isLast || isShuttingDown || isInputClosed {
            state = .finishing(lingers: false)
        } else {
            if isWritable { awaitNextRequest() } else { state = .writing }
        }
    }

    /// A part of an answer was handed to the channel that is not the last one.
    mutating func partHandedOver() { unwrittenParts += 1 }

    /// The client read so much of what was written that another request may be performed.
    mutating func becameWritable() {
        if case .writing = state { awaitNextRequest() }
    }

    /// An answer, or a part of one, or the error that refuses a request, was written to the socket.
    mutating func written() -> Action {
        unwrittenParts -= 1
        guard unwrittenParts == 0, case .finishing(let lingers) = state else { return .none }
        guard lingers, !isInputClosed else { return close() }
        state = .lingering
        return .linger
    }

    /// The bytes are not a request. To be told when the requests before them were answered.
    mutating func couldNotParse(_ refusal: RequestRefusal) -> Action {
        switch state {
        case .idle, .receivingHead, .receivingBody: return refuse(refusal, lingers: true)
        default: return .none
        }
    }

    /// The client sends no more.
    mutating func inputClosed() -> Action {
        isInputClosed = true
        switch state {
        case .performing, .finishing, .closed: return .none
        // A client that has gone looks the same; one that is there loses little.
        case .streaming: return .endStream
        case .idle, .receivingHead, .receivingBody, .writing, .lingering: return closeWhenWritten()
        }
    }

    /// The server stops: a request in flight is finished, nothing new is begun.
    mutating func shutDown() -> Action {
        isShuttingDown = true
        switch state {
        case .idle, .receivingHead, .writing, .lingering: return closeWhenWritten()
        case .streaming: return .endStream
        case .receivingBody, .performing, .finishing, .closed: return .none
        }
    }

    /// What ``timeout`` asked for took too long. Whether the server did not read on is told.
    mutating func timedOut(isHeld: Bool = false) -> Action {
        switch state {
        // What it has sent already would reset the connection if it was not read.
        case .receivingBody where isHeld: return refuse(.overloaded, lingers: true)
        case .receivingHead, .receivingBody: return refuse(.timedOut, lingers: false)
        case .performing, .closed: return .none
        case .idle, .streaming, .writing, .finishing, .lingering: return close()
        }
    }

    /// The connection is closed.
    mutating func closed() { state = .closed }

    private var tooLarge: RequestRefusal { .bodyTooLarge(maximumBytes: maximumBodyBytes) }

    private mutating func refuse(_ refusal: RequestRefusal, lingers: Bool) -> Action {
        state = .finishing(lingers: lingers)
        unwrittenParts += 1
        return .refuse(refusal)
    }

    private mutating func awaitNextRequest() {
        state = hasBytesAhead ? .receivingHead : .idle(isFirst: false)
        hasBytesAhead = false
    }

    private mutating func closeWhenWritten() -> Action {
        guard unwrittenParts > 0 else { return close() }
        state = .finishing(lingers: false)
        return .none
    }

    private mutating func close() -> Action {
        state = .closed
        return .close
    }
}
