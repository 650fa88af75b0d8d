import NIOCore
import Synchronization

/// The open connections of a server: no more than it takes, and a shutdown finds them.
final class ConnectionRegistry: Sendable {
    /// What becomes of a new connection.
    enum Admission: Hashable {
        case added
        /// There are as many as may be. `isNews` tells whether that was so for no connection lately: it turns true again
        /// when a quarter of the connections have gone.
        case full(isNews: Bool)
        /// The server is shutting down.
        case stopped
    }

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isShuttingDown = false
        var isFull = false
        var accepted: UInt64 = 0
        var refused: UInt64 = 0
    }

    /// How many connections there are and were.
    struct Figures: Hashable {
        /// Connections that are open.
        var open: Int
        /// Connections that were taken.
        var accepted: UInt64
        /// Connections that were closed at once because there were too many.
        var refused: UInt64
    }

    private let maximumCount: Int
    private let state = Mutex(State())

    init(maximumCount: Int) { self.maximumCount = maximumCount }

    /// Notes a connection until it is closed, if it may stay.
    func add(_ channel: any Channel) -> Admission {
        let id = ObjectIdentifier(channel)
        let admission = state.withLock { state -> Admission in
            guard !state.isShuttingDown else { return .stopped }
            guard state.channels.count < maximumCount else {
                state.refused += 1
                defer { state.isFull = true }
                return .full(isNews: !state.isFull)
            }
            state.channels[id] = channel
            state.accepted += 1
            return .added
        }
        if admission == .added { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return admission
    }

    private func remove(_ id: ObjectIdentifier) {
        state.withLock { state in
            state.channels[id] = nil
            if state.channels.count <= maximumCount - maximumCount / 4 { state.isFull = false }
        }
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

    /// How many connections there are and were.
    var figures: Figures {
        state.withLock { Figures(open: $0.channels.count, accepted: $0.accepted, refused: $0.refused) }
    }
}

/// Tells a connection to finish the request in flight and then to close.
struct ServerIsShuttingDown: Sendable {}
