import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What the server does with a request.
enum Reply: Sendable {
    case answer(status: Int, body: String, headers: [(String, String)] = [])
    /// Begins an answer, then closes the connection.
    case breakOff
    /// Closes the connection without an answer.
    case close
    /// Leaves the request unanswered.
    case silence
}

/// A request as the server got it.
struct ReceivedRequest: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer

    func header(_ name: String) -> String? { head.headers.first(name: name) }
}

/// An HTTP server on a free port that answers each request as a script says.
final class ScriptedServer: Sendable {
    private let script: @Sendable (_ number: Int, _ request: ReceivedRequest) -> Reply
    private let received = Mutex<[ReceivedRequest]>([])

    init(script: @escaping @Sendable (_ number: Int, _ request: ReceivedRequest) -> Reply) {
        self.script = script
    }

    /// The requests so far.
    var requests: [ReceivedRequest] { received.withLock { $0 } }

    func reply(to request: ReceivedRequest) -> Reply {
        let number = received.withLock { received -> Int in
            received.append(request)
            return received.count - 1
        }
        return script(number, request)
    }
}

/// Runs a server for the duration of a scope. `script` gets the number of the request, from 0.
func withScriptedServer(
    _ script: @escaping @Sendable (_ number: Int) -> Reply,
    _ body: (_ server: ScriptedServer, _ url: String) async throws -> Void
) async throws {
    try await withServer(ScriptedServer { number, _ in script(number) }, body)
}

/// Runs a server for the duration of a scope. `script` gets each request.
func withAnsweringServer(
    _ script: @escaping @Sendable (ReceivedRequest) -> Reply,
    _ body: (_ server: ScriptedServer, _ url: String) async throws -> Void
) async throws {
    try await withServer(ScriptedServer { _, request in script(request) }, body)
}

private func withServer(
    _ server: ScriptedServer,
    _ body: (_ server: ScriptedServer, _ url: String) async throws -> Void
) async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(ScriptHandler(server: server))
            }
        }
        .bind(host: "127.0.0.1", port: 0)
        .get()
    do {
        try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        try await channel.close()
    } catch {
        try await channel.close()
        throw error
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var request: ReceivedRequest?

    init(server: ScriptedServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = ReceivedRequest(head: head, body: ByteBuffer())
        case .body(var part):
            request?.body.writeBuffer(&part)
        case .end:
            guard let request else { return }
            self.request = nil
            perform(server.reply(to: request), context: context)
        }
    }

    private func perform(_ reply: Reply, context: ChannelHandlerContext) {
        switch reply {
        case .answer(let status, let body, let headers):
            var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
            head.headers = HTTPHeaders(headers)
            head.headers.add(name: "content-length", value: "\(body.utf8.count)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .breakOff:
            var head = HTTPResponseHead(version: .http1_1, status: .ok)
            head.headers.add(name: "content-length", value: "1000")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "{")))), promise: nil)
            context.close(promise: nil)
        case .close:
            context.close(promise: nil)
        case .silence:
            break
        }
    }
}
