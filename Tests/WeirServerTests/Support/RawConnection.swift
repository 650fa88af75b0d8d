import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection on which a test sends any bytes it likes, and reads responses one by one.
final class RawConnection {
    struct Closed: Error {}

    private let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.Iterator
    private var buffer = ByteBuffer()
    private let timedOut: Flag

    private init(channel: any Channel, incoming: AsyncStream<ByteBuffer>, timedOut: Flag) {
        self.channel = channel
        self.incoming = incoming.makeAsyncIterator()
        self.timedOut = timedOut
    }

    /// Connects. Where `reads` is false, nothing is read from the socket before `receiveSome()` or `startReading()`.
    /// Where `staysOpen` is true, the connection is not closed when the server sends no more. With `tls` it speaks TLS.
    static func open(
        port: Int,
        reads: Bool = true,
        staysOpen: Bool = false,
        tls: NIOSSLContext? = nil
    ) async throws -> RawConnection {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: staysOpen)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return RawConnection(channel: channel, incoming: stream, timedOut: Flag())
    }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }

    /// Sends without waiting until all is handed over. Whether it is can be asked.
    func beginSending(_ bytes: ByteBuffer) -> @Sendable () -> Bool {
        let isSent = Flag()
        channel.writeAndFlush(bytes).whenSuccess { isSent.value.store(true, ordering: .relaxed) }
        return { isSent.value.load(ordering: .relaxed) }
    }

    /// Waits for some bytes of a response and reads them.
    func receiveSome() async throws {
        channel.read()
        guard var more = await next() else { throw Closed() }
        buffer.writeBuffer(&more)
    }

    /// Reads from now on all that comes.
    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// Sends no more, but reads on.
    func finishSending() async throws { try await channel.close(mode: .output) }

    /// The same without saying so in TLS: the connection looks cut off.
    func cutSending() async throws {
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            do {
                let context = try channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
                return context.close(mode: .output)
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }

    func close() async throws { try await channel.close() }

    /// The next response. Throws ``Closed`` when the server closes the connection before it is complete.
    func response() async throws -> RawResponse {
        while true {
            if let response = RawResponse(&buffer) { return response }
            guard var more = await next() else { throw Closed() }
            buffer.writeBuffer(&more)
        }
    }

    /// The next bytes up to a line end, without it. Throws ``Closed`` when the server closes the connection before.
    func line() async throws -> String {
        while true {
            if let end = buffer.readableBytesView.firstIndex(of: 10) {
                let line = buffer.readString(length: end + 1 - buffer.readerIndex) ?? ""
                return String(line.dropLast())
            }
            guard var more = await next() else { throw Closed() }
            buffer.writeBuffer(&more)
        }
    }

    /// The status line and the headers, by lower-case name, of a response whose body is not of a known length.
    func head() async throws -> (status: String, headers: [String: String]) {
        let status = try await line()
        var headers: [String: String] = [:]
        while case let line = try await line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
        }
        return (status, headers)
    }

    /// The next chunk of a body; empty at its end.
    func chunk() async throws -> String {
        let count = Int(try await line(), radix: 16) ?? 0
        let text = String(buffer: try await bytes(count))
        _ = try await line()
        return text
    }

    /// The next bytes. Throws ``Closed`` when the server closes the connection before they have come.
    func bytes(_ count: Int) async throws -> ByteBuffer {
        while true {
            if let bytes = buffer.readSlice(length: count) { return bytes }
            guard var more = await next() else { throw Closed() }
            buffer.writeBuffer(&more)
        }
    }

    /// Whether the server closed the connection, and sent nothing more before.
    func isClosedByServer() async -> Bool {
        while let more = await next() { if more.readableBytes > 0 { return false } }
        return buffer.readableBytes == 0 && !timedOut.value.load(ordering: .relaxed)
    }

    private func next() async -> ByteBuffer? {
        let channel = channel
        let timedOut = timedOut
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(60)) {
            timedOut.value.store(true, ordering: .relaxed)
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        return await incoming.next()
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { continuation.finish() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A response, taken apart.
struct RawResponse {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: String
    /// The body as it came.
    var bytes: ByteBuffer

    /// Takes a whole response from the front of a buffer; nil when there is none yet.
    init?(_ buffer: inout ByteBuffer) {
        let text = String(buffer: buffer)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.first.flatMap({ Int($0.split(separator: " ")[1]) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let headLength = text[..<end.upperBound].utf8.count
        let bodyLength = headers["content-length"].flatMap { Int($0) } ?? 0
        guard buffer.readableBytes >= headLength + bodyLength else { return nil }
        buffer.moveReaderIndex(forwardBy: headLength)
        self.status = status
        self.headers = headers
        bytes = buffer.readSlice(length: bodyLength) ?? ByteBuffer()
        body = String(buffer: bytes)
    }
}

/// A request of an action with a body of CBOR.
func cborRequest(
    _ target: String?,
    _ body: ByteBuffer,
    contentType: String = "application/x-amz-cbor-1.1"
) -> ByteBuffer {
    let length = "Content-Length: \(body.readableBytes)"
    // A request with an empty body ends where the body begins.
    let head = request(target, "", contentType: contentType).replacing("Content-Length: 0", with: length)
    var bytes = ByteBuffer(string: head)
    bytes.writeImmutableBuffer(body)
    return bytes
}

/// A request of an action, as text.
func request(
    _ target: String?,
    _ body: String = "{}",
    method: String = "POST",
    path: String = "/",
    contentType: String? = "application/x-amz-json-1.1",
    headers: [String] = []
) -> String {
    var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Content-Length: \(body.utf8.count)"]
    if let contentType { lines.append("Content-Type: \(contentType)") }
    if let target { lines.append("X-Amz-Target: \(target)") }
    return (lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + body
}
