import NIOCore
import NIOHPACK
import NIOSSL

/// An HTTP/2 connection on which a test sends any frames it likes, and reads frames and responses one by one.
///
/// It acknowledges the settings of the server. The rest, windows and pings among it, is up to the test.
final class RawHTTP2Connection {
    /// A frame as it goes over the wire (RFC 9113, section 4.1).
    struct Frame {
        enum Kind: UInt8 {
            case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
        }

        static let endStream: UInt8 = 1
        static let acknowledgement: UInt8 = 1
        static let endHeaders: UInt8 = 4

        var kind: Kind
        var flags: UInt8 = 0
        var stream = 0
        var payload = ByteBuffer()

        var isEnd: Bool { flags & Self.endStream != 0 && (kind == .data || kind == .headers) }
        /// The first number of the payload: an error code, the last stream of a GOAWAY, an increment.
        var number: Int { payload.getInteger(at: payload.readerIndex, as: UInt32.self).map(Int.init) ?? -1 }
        /// The error code of a GOAWAY.
        var errorCode: Int { payload.getInteger(at: payload.readerIndex + 4, as: UInt32.self).map(Int.init) ?? -1 }

        var bytes: ByteBuffer {
            var bytes = ByteBuffer()
            bytes.writeInteger(UInt8(payload.readableBytes >> 16))
            bytes.writeInteger(UInt16(truncatingIfNeeded: payload.readableBytes))
            bytes.writeInteger(kind.rawValue)
            bytes.writeInteger(flags)
            bytes.writeInteger(UInt32(stream))
            bytes.writeImmutableBuffer(payload)
            return bytes
        }
    }

    struct Response {
        var status = 0
        var headers = HPACKHeaders()
        var body = ByteBuffer()
        /// The code with which the server reset the stream, if it did.
        var reset: Int?

        var text: String { String(buffer: body) }
    }

    static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    let connection: RawConnection
    /// Whether windows are opened again as far as responses are read.
    var opensWindows = true
    private var hasFinished = false
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    private var responses: [Int: Response] = [:]
    private var complete: Set<Int> = []
    /// Frames of the connection that came in while a response was read.
    private var others: [Frame] = []

    private init(_ connection: RawConnection) { self.connection = connection }

    /// Connects and sends the preface, with these settings.
    static func open(
        port: Int,
        settings: [(UInt16, UInt32)] = [],
        staysOpen: Bool = false,
        tls: NIOSSLContext? = nil
    ) async throws -> RawHTTP2Connection {
        let connection = RawHTTP2Connection(try await RawConnection.open(port: port, staysOpen: staysOpen, tls: tls))
        var bytes = ByteBuffer(string: preface)
        bytes.writeImmutableBuffer(Self.settings(settings).bytes)
        try await connection.connection.send(bytes)
        return connection
    }

    static func settings(_ settings: [(UInt16, UInt32)]) -> Frame {
        var payload = ByteBuffer()
        for (parameter, value) in settings { payload.writeMultipleIntegers(parameter, value) }
        return Frame(kind: .settings, payload: payload)
    }

    // MARK: Sending

    func send(_ frames: Frame...) async throws { try await send(frames) }

    func send(_ frames: [Frame]) async throws {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeImmutableBuffer(frame.bytes) }
        try await connection.send(bytes)
    }

    /// The head of a request.
    func head(
        _ stream: Int,
        _ target: String?,
        method: String = "POST",
        path: String = "/",
        contentType: String? = "application/x-amz-json-1.1",
        headers extra: [(String, String)] = [],
        ends: Bool = false
    ) throws -> Frame {
        var headers = HPACKHeaders([
            (":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost"),
        ])
        if let target { headers.add(name: "x-amz-target", value: target) }
        if let contentType { headers.add(name: "content-type", value: contentType) }
        for (name, value) in extra { headers.add(name: name, value: value) }
        return try self.headers(stream, headers, ends: ends)
    }

    func headers(_ stream: Int, _ headers: HPACKHeaders, ends: Bool) throws -> Frame {
        var block = ByteBuffer()
        try encoder.encode(headers: headers, to: &block)
        let flags = Frame.endHeaders | (ends ? Frame.endStream : 0)
        return Frame(kind: .headers, flags: flags, stream: stream, payload: block)
    }

    static func data(_ stream: Int, _ body: ByteBuffer, ends: Bool = true) -> Frame {
        Frame(kind: .data, flags: ends ? Frame.endStream : 0, stream: stream, payload: body)
    }

    static func windowUpdate(_ stream: Int, _ increment: Int) -> Frame {
        Frame(kind: .windowUpdate, stream: stream, payload: ByteBuffer(integer: UInt32(increment)))
    }

    static func reset(_ stream: Int, _ code: UInt32 = 8) -> Frame {
        Frame(kind: .reset, stream: stream, payload: ByteBuffer(integer: code))
    }

    static func ping(_ number: UInt64, acknowledges: Bool = false) -> Frame {
        Frame(kind: .ping, flags: acknowledges ? Frame.acknowledgement : 0, payload: ByteBuffer(integer: number))
    }

    /// Sends a request whose body fits into one frame.
    func request(_ stream: Int, _ target: String?, _ body: String = "{}") async throws {
        try await send(try head(stream, target), Self.data(stream, ByteBuffer(string: body)))
    }

    /// Sends no more, but reads on.
    func finishSending() async throws {
        hasFinished = true
        try await connection.finishSending()
    }

    // MARK: Reading

    /// The next frame. Throws ``RawConnection/Closed`` when there is none.
    func frame() async throws -> Frame {
        var head = try await connection.bytes(9)
        let length = Int(head.readInteger(as: UInt8.self) ?? 0) << 16 + Int(head.readInteger(as: UInt16.self) ?? 0)
        let kind = head.readInteger(as: UInt8.self).flatMap(Frame.Kind.init)
        let flags = head.readInteger(as: UInt8.self) ?? 0
        let stream = Int(head.readInteger(as: UInt32.self) ?? 0)
        guard let kind else { throw RawConnection.Closed() }
        let frame = Frame(kind: kind, flags: flags, stream: stream, payload: try await connection.bytes(length))
        if kind == .settings, flags & Frame.acknowledgement == 0, !hasFinished {
            // The server may have closed the connection behind it.
            try? await send(Frame(kind: .settings, flags: Frame.acknowledgement))
        }
        return frame
    }

    /// The next frame of a kind, on any stream or on one. Frames of responses before it are kept for `response(_:)`.
    func frame(_ kind: Frame.Kind, stream: Int? = nil) async throws -> Frame {
        func isIt(_ frame: Frame) -> Bool { frame.kind == kind && (stream == nil || stream == frame.stream) }
        if let place = others.firstIndex(where: isIt) { return others.remove(at: place) }
        while true {
            let frame = try await frame()
            if isIt(frame) {
                if frame.stream != 0 { try await take(frame) }
                return frame
            }
            if frame.stream == 0 { others.append(frame) } else { try await take(frame) }
        }
    }

    /// The whole response on a stream, or what there was of it when the server reset the stream.
    func response(_ stream: Int) async throws -> Response {
        while !complete.contains(stream) {
            let frame = try await frame()
            if frame.stream == 0 { others.append(frame) } else { try await take(frame) }
        }
        complete.remove(stream)
        return responses.removeValue(forKey: stream) ?? Response()
    }

    /// Bytes of a response that have come in so far.
    func received(_ stream: Int) -> Int { responses[stream]?.body.readableBytes ?? 0 }

    /// Whether the server closed the connection. Frames before are passed over.
    func isClosedByServer() async -> Bool {
        while (try? await frame()) != nil {}
        return await connection.isClosedByServer()
    }

    private func take(_ frame: Frame) async throws {
        var response = responses[frame.stream] ?? Response()
        switch frame.kind {
        case .headers:
            var block = frame.payload
            response.headers = try decoder.decodeHeaders(from: &block)
            response.status = response.headers.first(name: ":status").flatMap { Int($0) } ?? 0
        case .data:
            response.body.writeImmutableBuffer(frame.payload)
            let count = frame.payload.readableBytes
            if opensWindows, !hasFinished, count > 0 {
                try? await send(Self.windowUpdate(0, count), Self.windowUpdate(frame.stream, count))
            }
        case .reset:
            response.reset = frame.number
            if !complete.contains(frame.stream) { complete.insert(frame.stream) }
        default: return
        }
        // An interim response is followed by the one that counts.
        if frame.isEnd { complete.insert(frame.stream) }
        responses[frame.stream] = response
    }
}
