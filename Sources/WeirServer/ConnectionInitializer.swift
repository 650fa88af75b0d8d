import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import WeirModel

/// Sets up the pipeline of an accepted connection, once its first bytes tell what it speaks.
struct ConnectionInitializer: Sendable {
    let dispatcher: RequestDispatcher
    let clock: HTTPDateClock
    let registry: ConnectionRegistry
    let timeouts: ConnectionTimeouts
    let maximumBodyBytes: Int
    let budget: BodyBudget
    /// Nil for clear text.
    let certificate: ServerCertificate?
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
                        metadata: ["connection.count": "\(registry.count)"]
                    )
                }
                throw ChannelError.alreadyClosed
            }
            let sniffer = ProtocolSniffingHandler(deadline: .now() + timeouts.requestHead) {
                version,
                sniffer,
                deadline in
                let pipeline = channel.pipeline.syncOperations
                switch version {
                case .http1: try addHTTP1(to: pipeline, behind: sniffer, channel.eventLoop, deadline)
                case .http2: try addHTTP2(to: pipeline, behind: sniffer, channel.eventLoop, deadline)
                }
            }
            if let certificate {
                let socket = SocketHandle()
                try channel.pipeline.syncOperations.addHandlers([
                    socket, NIOSSLServerHandler(context: certificate.context), TLSEventHandler(socket, logger: logger),
                ])
            }
            try channel.pipeline.syncOperations.addHandler(sniffer)
        }
    }

    private func addHTTP1(
        to pipeline: ChannelPipeline.SynchronousOperations,
        behind sniffer: ProtocolSniffingHandler,
        _ eventLoop: any EventLoop,
        _ deadline: NIODeadline
    ) throws {
        let connection = HTTP1ConnectionHandler(context(eventLoop), deadline: deadline)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.maximumRequestHeaderSizeInBytes
        limits.maxHeaderListSize = Limits.maximumRequestHeaderSizeInBytes
        limits.maxHeaderFieldCount = Limits.maximumRequestHeaderCount
        try pipeline.addHandlers(
            [
                RequestArrivalHandler(connection),
                ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)),
                connection,
            ],
            position: .after(sniffer)
        )
    }

    private func addHTTP2(
        to pipeline: ChannelPipeline.SynchronousOperations,
        behind sniffer: ProtocolSniffingHandler,
        _ eventLoop: any EventLoop,
        _ deadline: NIODeadline
    ) throws {
        let gate = InputGate()
        let connection = HTTP2ConnectionHandler(context(eventLoop), gate: gate, deadline: deadline)
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        let configuration = NIOHTTP2Handler.Configuration.server
        let http2 = NIOHTTP2Handler(
            mode: .server,
            eventLoop: eventLoop,
            connectionConfiguration: configuration.connection,
            streamConfiguration: configuration.stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture { try bound.value.open(stream) }
        }
        try pipeline.addHandlers([gate, http2, connection], position: .after(sniffer))
    }

    private func context(_ eventLoop: any EventLoop) -> ConnectionContext {
        ConnectionContext(
            dispatcher: dispatcher,
            clock: clock,
            timeouts: timeouts,
            maximumBodyBytes: maximumBodyBytes,
            budget: budget,
            executor: executors[ObjectIdentifier(eventLoop)] ?? EventLoopTaskExecutor(eventLoop)
        )
    }
}
