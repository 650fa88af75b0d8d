import NIOCore
import Synchronization

/// The open connections of a server, so that a shutdown finds them.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isShuttingDown = false
    }

    private let state = Mutex(State())

    /// Notes a connection until it is closed. False when the server is shutting down and takes no more.
    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdded = state.withLock { state in
            guard !state.isShuttingDown else { return false }
            state.channels[id] = channel
            return true
        }
        if isAdded {
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { _ = $0.channels.removeValue(forKey: id) }
            }
        }
        return isAdded
    }

    /// Takes no more connections, and tells those that are open to finish. The future completes when all are closed.
    func shutDown(on eventLoop: any EventLoop, timeout: TimeAmount) -> EventLoopFuture<Void> {
        let channels = state.withLock { state in
            state.isShuttingDown = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ServerIsShuttingDown()) }
        let deadline = eventLoop.scheduleTask(in: timeout) {
            for channel in channels { channel.close(promise: nil) }
        }
        let closed = EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: eventLoop)
        closed.whenComplete { _ in deadline.cancel() }
        return closed
    }

    /// How many connections are open.
    var count: Int { state.withLock(\.channels.count) }
}

/// Tells a connection to finish the request in flight and then to close.
struct ServerIsShuttingDown: Sendable {}
