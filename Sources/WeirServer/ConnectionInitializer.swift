import Logging
import NIOCore
import NIOHTTP1
import WeirModel

/// Sets up the pipeline of an accepted connection.
///
/// Every connection speaks HTTP/1.1. Where another protocol is to be told from it by TLS or by its first bytes, this is
/// the place that decides which `add…` to call.
struct ConnectionInitializer: Sendable {
    let dispatcher: RequestDispatcher
    let clock: HTTPDateClock
    let registry: ConnectionRegistry
    let timeouts: HTTP1Timeouts
    let maximumBodyBytes: Int
    /// One for each event loop.
    let executors: [ObjectIdentifier: EventLoopTaskExecutor]
    let logger: Logger

    /// Sets up a connection that was just accepted. Fails, which closes it, when no more connections are taken.
    func initialize(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            switch registry.add(channel) {
            case .added: break
            case .stopped: throw ChannelError.alreadyClosed
            case .full(let isNews):
                if isNews {
                    logger.warning(
                        "too many connections: closing new ones",
                        metadata: ["connections": "\(registry.count)"]
                    )
                }
                throw ChannelError.alreadyClosed
            }
            try addHTTP1(to: channel.pipeline.syncOperations, eventLoop: channel.eventLoop)
        }
    }

    private func addHTTP1(
        to pipeline: ChannelPipeline.SynchronousOperations,
        eventLoop: any EventLoop
    ) throws {
        let connection = HTTP1ConnectionHandler(
            dispatcher: dispatcher,
            clock: clock,
            executor: executors[ObjectIdentifier(eventLoop)] ?? EventLoopTaskExecutor(eventLoop),
            timeouts: timeouts,
            maximumBodyBytes: maximumBodyBytes
        )
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.maximumRequestHeaderSizeInBytes
        limits.maxHeaderListSize = Limits.maximumRequestHeaderSizeInBytes
        limits.maxHeaderFieldCount = Limits.maximumRequestHeaderCount
        try pipeline.addHandlers([
            RequestArrivalHandler(connection),
            ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)),
            connection,
        ])
    }
}
