/// What the handlers of a connection share, whatever it speaks.
struct ConnectionContext: Sendable {
    let dispatcher: RequestDispatcher
    let clock: HTTPDateClock
    let timeouts: ConnectionTimeouts
    let maximumBodyBytes: Int
    let budget: BodyBudget
    /// That of the connection's event loop.
    let executor: EventLoopTaskExecutor
}
