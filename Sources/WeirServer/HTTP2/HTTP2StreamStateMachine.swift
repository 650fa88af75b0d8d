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
    }

    enum Action: Hashable {
        case none
        /// Answer `100 Continue`.
        case sendContinue
        /// The request is complete: perform it.
        case perform
        /// Answer with an error; the rest of the request does not matter.
        case refuse(RequestRefusal)
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
        /// The answer is on its way.
        case answering
        case done
    }

    private let maximumBodyBytes: Int
    private var state = State.awaitingHead
    private var hasRequestEnded = false

    init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

    /// What the stream waits for with a limit now.
    var timeout: Timeout? {
        switch state {
        case .receivingBody: .requestBody
        case .answering: .responseWrite
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
            state = .answering
            return .refuse(tooLarge)
        }
        state = .receivingBody(count: before + count)
        return .keep
    }

    /// The client sends no more on this stream.
    mutating func endArrived() -> Action {
        hasRequestEnded = true
        guard case .receivingBody = state else { return .none }
        state = .performing
        return .perform
    }

    /// The answer to the request is about to be written. Returns false when nobody waits for it any more.
    mutating func beginAnswer() -> Bool {
        guard state == .performing else { return false }
        state = .answering
        return true
    }

    /// The answer was written whole.
    mutating func written() -> Action {
        guard state == .answering else { return .none }
        state = .done
        return hasRequestEnded ? .none : .stopRequest
    }

    /// The client sends no more on this connection.
    mutating func inputEnded() -> Action {
        switch state {
        case .awaitingHead, .receivingBody: return close()
        case .performing, .answering, .done: return .none
        }
    }

    /// What ``timeout`` asked for took too long.
    mutating func timedOut() -> Action {
        switch state {
        case .receivingBody: return refuse(.timedOut, false)
        case .answering: return close()
        case .awaitingHead, .performing, .done: return .none
        }
    }

    /// The stream is closed.
    mutating func closed() { state = .done }

    private var tooLarge: RequestRefusal { .bodyTooLarge(maximumBytes: maximumBodyBytes) }

    private mutating func refuse(_ refusal: RequestRefusal, _ endsRequest: Bool) -> Action {
        if endsRequest { hasRequestEnded = true }
        state = .answering
        return .refuse(refusal)
    }

    private mutating func close() -> Action {
        state = .done
        return .close
    }
}
