/// Decides when an HTTP/2 connection ends: it is not used, the client has gone or breaks the protocol, or the server
/// stops.
///
/// A connection ends in steps: the client is told which stream is the last one that will be answered (RFC 9113, section
/// 6.8), the streams in flight are finished, and the client has time to read their answers. It does no I/O and knows no
/// clock.
struct HTTP2ConnectionStateMachine {
    /// What the connection waits for with a limit.
    enum Timeout: Hashable {
        /// The first request after the preface.
        case firstRequest
        /// A request while there is no other.
        case idle
        /// The answers in flight to a client that cannot be understood any more, which cannot say either that it does
        /// not want them.
        case lastAnswers
        /// Until the client has noticed that the connection ends.
        case linger
    }

    enum Action: Hashable {
        case none
        /// Say which stream is the last one.
        case goAway
        /// Say which stream is the last one, send no more, and wait for the end of the client's bytes.
        case goAwayAndCloseOutput
        /// Send no more, and wait for the end of the client's bytes.
        case closeOutput
        /// Close the connection.
        case close
    }

    private enum State: Hashable {
        case serving
        /// The streams in flight are the last ones.
        case ending
        /// All is answered; the client may be slow to notice.
        case lingering
        case closed
    }

    private var state = State.serving
    private var hasServed = false
    private var isInputClosed = false
    private var isBroken = false
    private var streamCount = 0

    /// Whether streams in flight are the last ones.
    var isEnding: Bool { state != .serving }

    /// What the connection waits for with a limit now.
    var timeout: Timeout? {
        switch state {
        case .serving: streamCount > 0 ? nil : hasServed ? .idle : .firstRequest
        case .ending: isBroken ? .lastAnswers : nil
        case .lingering: .linger
        case .closed: nil
        }
    }

    /// The client opened a stream.
    mutating func streamOpened() {
        streamCount += 1
        hasServed = true
    }

    /// A stream has ended, and its answer was written.
    mutating func streamClosed() -> Action {
        streamCount -= 1
        return state == .ending ? finish() : .none
    }

    /// The server stops.
    mutating func shutDown() -> Action { state == .lingering ? close() : goAway() }

    /// The client sends no more: what is in flight is answered.
    mutating func inputClosed() -> Action {
        isInputClosed = true
        return state == .closed ? .none : finish()
    }

    /// What the client sends cannot be understood any more, which it was told: what is in flight is answered.
    mutating func broken() -> Action {
        guard state == .serving else { return .none }
        isBroken = true
        return finish()
    }

    /// What ``timeout`` asked for took too long.
    mutating func timedOut() -> Action {
        switch state {
        case .serving: return goAway()
        case .ending where isBroken: return close()
        case .lingering: return close()
        case .ending, .closed: return .none
        }
    }

    /// The connection is closed.
    mutating func closed() { state = .closed }

    private mutating func goAway() -> Action {
        guard state == .serving else { return .none }
        state = streamCount > 0 ? .ending : .lingering
        return streamCount > 0 ? .goAway : .goAwayAndCloseOutput
    }

    private mutating func finish() -> Action {
        guard streamCount == 0 else {
            state = .ending
            return .none
        }
        if isInputClosed { return close() }
        state = .lingering
        return .closeOutput
    }

    private mutating func close() -> Action {
        state = .closed
        return .close
    }
}
