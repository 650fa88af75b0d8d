import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `bare-server FILE`: an HTTP/1.1 server over SwiftNIO that reads each request to its end and answers with the bytes of a file,
/// whatever was asked: what HTTP costs before a server does anything. It prints its port.
@main
struct BareServer {
    static func main() async throws {
        guard CommandLine.arguments.count == 2 else {
            print("usage: bare-server FILE")
            exit(64)
        }
        let answer = try answer(from: CommandLine.arguments[1])
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        print(listener.localAddress?.port ?? 0)
        fflush(nil)
        try await listener.closeFuture.get()
    }

    private static func answer(from path: String) throws -> ByteBuffer {
        guard let file = fopen(path, "rb") else { throw IOError(errnoCode: errno, reason: path) }
        defer { fclose(file) }
        var answer = ByteBuffer()
        while answer.writeWithUnsafeMutableBytes(
            minimumWritableBytes: 1 << 20,
            { fread($0.baseAddress, 1, $0.count, file) }
        ) > 0 {}
        return answer
    }
}

/// Collects a body as a real server must, and answers when it is whole.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: ByteBuffer
    private var body = ByteBuffer()

    init(_ answer: ByteBuffer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: body.clear()
        case .body(var part):
            if body.readableBytes == 0 { body = part } else { body.writeBuffer(&part) }
        case .end:
            body = ByteBuffer()
            let headers: HTTPHeaders = [
                "content-type": "application/x-amz-json-1.1", "content-length": "\(answer.readableBytes)",
                "x-amzn-requestid": "00000000-0000-0000-0000-000000000000",
            ]
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(answer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
