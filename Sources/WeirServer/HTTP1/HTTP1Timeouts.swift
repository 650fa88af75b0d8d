import NIOCore

/// How long a connection waits for what.
struct HTTP1Timeouts: Sendable {
    var requestHead: TimeAmount
    var idle: TimeAmount
    var requestBody: TimeAmount
    var responseWrite: TimeAmount
    var linger: TimeAmount = .seconds(5)

    func amount(of timeout: HTTP1ConnectionStateMachine.Timeout) -> TimeAmount {
        switch timeout {
        case .requestHead: requestHead
        case .idle: idle
        case .requestBody: requestBody
        case .responseWrite: responseWrite
        case .linger: linger
        }
    }
}
