import NIOCore

/// How long a connection waits for what.
struct ConnectionTimeouts: Sendable {
    var requestHead: TimeAmount
    var idle: TimeAmount
    var requestBody: TimeAmount
    var responseWrite: TimeAmount
    /// For a client to notice that the connection is about to be closed.
    var linger: TimeAmount

    func amount(of timeout: HTTP1ConnectionStateMachine.Timeout) -> TimeAmount {
        switch timeout {
        case .requestHead: requestHead
        case .idle: idle
        case .requestBody: requestBody
        case .responseWrite: responseWrite
        case .linger: linger
        }
    }

    func amount(of timeout: HTTP2ConnectionStateMachine.Timeout) -> TimeAmount {
        switch timeout {
        case .firstRequest: requestHead
        case .idle: idle
        case .lastAnswers: responseWrite
        case .linger: linger
        }
    }

    func amount(of timeout: HTTP2StreamStateMachine.Timeout) -> TimeAmount {
        switch timeout {
        case .requestBody: requestBody
        case .responseWrite: responseWrite
        case .linger: linger
        }
    }
}
