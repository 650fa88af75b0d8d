import WeirModel

/// Decides what happens on an HTTP/2 stream: one request within limits, and its answer.
///
/// It does no I/O and knows no clock. The handler tells it what happened, performs the action it returns, and keeps the
/// timer that ``timeout`` asks for.
struct HTTP2StreamStateMachine {
    /// What the stream waits for with a limit.
    enum Timeout: Hashable {
        case requestBody
        case responseWrite
        /// After an early answer: the rest of the request is read and dropped, so that clients see the answer that do
        /// not before they have sent all.
        case linger
    }

    enum Action: Hashable {
        case none
        /// Answer `100 Continue`.
        case sendContinue
        /// The request is complete: perform it.
        case perform
        /// Answer with an error; the rest of the request does not matter.
        case refuse(RequestRefusal)
        /// End the answer that is made while it is read, before its end.
        case endStream
        /// Tell the client to send no more: it has the answer.
        case stopRequest
        /// Give the stream up.
        case close
    }

    /// What becomes of a part of a body.
    enum BodyAction: Hashable {
        /// It belongs to the request.
        case keep
        /// It belongs to a request that was refused.
        case drop
        /// It makes the body too large: answer with an error.
        case refuse(RequestRefusal)
    }

    private enum State: Hashable {
        case awaitingHead
        case receivingBody(count: Int)
        case performing
        /// An answer is written that is made while it is read.
        case streaming
        /// The answer is on its way.
        case answering
        case lingering
        case done
    }

    private let maximumBodyBytes: Int
    private var state = State.awaitingHead
    private var hasRequestEnded = false
    /// Parts of the answer that were handed to the channel and have not reached the socket.
    private var unwrittenParts = 0

    init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

    /// Whether all that was handed to the channel has reached the socket.
    var isWritten: Bool { unwrittenParts == 0 }

    /// What the stream waits for with a limit now.
    var timeout: Timeout? {
        switch state {
        case .receivingBody: .requestBody
        case .answering: .responseWrite
        // A client that waits for the next piece has all the time in the world.
        case .streaming: unwrittenParts > 0 ? .responseWrite : nil
        case .lingering: .linger
        case .awaitingHead, .performing, .done: nil
        }
    }

    /// The head of the request came in, or what follows a body.
    mutating func headArrived(_ head: HTTP2RequestHead, endsRequest: Bool) -> Action {
        if state == .awaitingHead {
            state = .receivingBody(count: 0)
            guard head.headerCount <= Limits.maximumRequestHeaderCount,
                head.size <= Limits.maximumRequestHeaderSizeInBytes
            else { return refuse(.headTooLarge, endsRequest) }
            if let size = head.declaredBodyBytes, size > maximumBodyBytes { return refuse(tooLarge, endsRequest) }
            if !endsRequest { return head.expectsContinue ? .sendContinue : .none }
        }
        return endsRequest ? endArrived() : .none
    }

    /// A part of the body came in.
    mutating func bodyArrived(count: Int) -> BodyAction {
        guard case .receivingBody(let before) = state else { return .drop }
        guard before + count <= maximumBodyBytes else {
            _ = refuse(tooLarge, false)
            return .refuse(tooLarge)
        }
        state = .receivingBody(count: before + count)
        return .keep
    }

    /// The client sends no more on this stream.
    mutating func endArrived() -> Action {
        hasRequestEnded = true
        switch state {
        case .receivingBody:
            state = .performing
            return .perform
        case .lingering:
            state = .done
            return .none
        case .awaitingHead, .performing, .streaming, .answering, .done: return .none
        }
    }

    /// The answer to the request is about to be written. Returns false when nobody waits for it any more.
    mutating func beginAnswer() -> Bool {
        guard state == .performing else { return false }
        state = .answering
        unwrittenParts += 1
        return true
    }

    /// An answer that is made while it is read is about to be written. Returns false when nobody waits for it any more.
    mutating func beginStream() -> Bool {
        guard state == .performing else { return false }
        state = .streaming
        unwrittenParts += 1
        return true
    }

    /// The end of an answer that is made while it is read was handed to the channel.
    mutating func endedStream() {
        guard state == .streaming else { return }
        state = .answering
        unwrittenParts += 1
    }

    /// A part of an answer was handed to the channel that is not the last one.
    mutating func partHandedOver() { unwrittenParts += 1 }

    /// An answer, or a part of one, was written to the socket, or the stream is closed.
    mutating func written() -> Action {
        unwrittenParts -= 1
        guard unwrittenParts == 0, state == .answering else { return .none }
        state = hasRequestEnded ? .done : .lingering
        return .none
    }

    /// The server stops.
    mutating func shutDown() -> Action { state == .streaming ? .endStream : .none }

    /// The client sends no more on this connection.
    mutating func inputEnded() -> Action {
        switch state {
        case .awaitingHead, .receivingBody: return close()
        case .lingering: return stop()
        case .streaming: return .endStream
        case .performing, .answering, .done: return .none
        }
    }

    /// What ``timeout`` asked for took too long. Whether the server did not read on is told.
    mutating func timedOut(isHeld: Bool = false) -> Action {
        switch state {
        case .receivingBody: return refuse(isHeld ? .overloaded : .timedOut, false)
        case .streaming, .answering: return close()
        case .lingering: return stop()
        case .awaitingHead, .performing, .done: return .none
        }
    }

    /// The stream is closed.
    mutating func closed() { state = .done }

    private var tooLarge: RequestRefusal { .bodyTooLarge(maximumBytes: maximumBodyBytes) }

    private mutating func refuse(_ refusal: RequestRefusal, _ endsRequest: Bool) -> Action {
        if endsRequest { hasRequestEnded = true }
        state = .answering
        unwrittenParts += 1
        return .refuse(refusal)
    }

    private mutating func stop() -> Action {
        state = .done
        return .stopRequest
    }

    private mutating func close() -> Action {
        state = .done
        return .close
    }
}
