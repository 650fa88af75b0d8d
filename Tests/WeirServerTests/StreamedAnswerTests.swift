import NIOCore
import NIOHPACK
import ServiceLifecycle
import Testing
import WeirModel
import WeirRuntime

@testable import WeirServer

/// Answers that are made while they are read, over both versions of HTTP.
@Suite struct StreamedAnswerTests {
    private static let subscribe = request("Kinesis_20131202.Subscribe")

    private func withStream(
        _ stream: FakeStream = FakeStream(),
        gate: Gate = Gate(),
        _ configuration: WeirServer.Configuration = .test,
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        try await withServer(configuration, services: [FakeService(gate: gate, stream: stream)], body)
    }

    // MARK: Pieces

    @Test func piecesComeOneByOneInChunks() async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(Self.subscribe)
            // The head comes before the first piece.
            let (status, headers) = try await connection.head()
            #expect(status == "HTTP/1.1 200 OK")
            #expect(headers["content-type"] == "application/x-pieces")
            #expect(headers["transfer-encoding"] == "chunked")
            #expect(headers["content-length"] == nil)
            #expect(headers["connection"] == nil)
            for text in ["one", "two", "three"] {
                stream.yield(text)
                #expect(try await connection.chunk() == text)
            }
            stream.finish()
            #expect(try await connection.chunk() == "")
            // The connection goes on.
            try await connection.send(request("Kinesis_20131202.Echo", "next"))
            #expect(try await connection.response().body == "next")
            #expect(!stream.isCancelled)
        }
    }

    @Test func piecesComeOneByOneInFrames() async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Subscribe")
            #expect(try await connection.frame(.headers, stream: 1).isEnd == false)
            for text in ["one", "two", "three"] {
                stream.yield(text)
                let frame = try await connection.frame(.data, stream: 1)
                #expect(String(buffer: frame.payload) == text)
            }
            // Other streams go on meanwhile.
            try await connection.request(3, "Kinesis_20131202.Echo", "beside")
            #expect(try await connection.response(3).text == "beside")
            stream.finish()
            let response = try await connection.response(1)
            #expect(response.status == 200)
            #expect(response.text == "onetwothree")
            #expect(response.headers.first(name: "content-type") == "application/x-pieces")
            #expect(response.headers.first(name: "content-length") == nil)
            #expect(response.reset == nil)
            #expect(!stream.isCancelled)
        }
    }

    @Test func aClientOfHTTP10ReadsToTheEndOfTheConnection() async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(Self.subscribe.replacing("HTTP/1.1", with: "HTTP/1.0"))
            let (_, headers) = try await connection.head()
            #expect(headers["connection"] == "close")
            #expect(headers["transfer-encoding"] == nil)
            stream.yield("piece\n")
            #expect(try await connection.line() == "piece")
            stream.finish()
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func anEmptyStreamIsAnEmptyBody() async throws {
        let stream = FakeStream()
        stream.finish()
        try await withStream(stream) { port in
            let first = try await RawConnection.open(port: port)
            try await first.send(Self.subscribe)
            _ = try await first.head()
            #expect(try await first.chunk() == "")
            let second = try await RawHTTP2Connection.open(port: port)
            try await second.request(1, "Kinesis_20131202.Subscribe")
            let response = try await second.response(1)
            #expect(response.status == 200)
            #expect(response.text == "")
        }
    }

    @Test func pipelinedRequestsWaitForTheEndOfAStream() async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(Self.subscribe + request("Kinesis_20131202.Echo", "behind"))
            _ = try await connection.head()
            stream.yield("piece")
            #expect(try await connection.chunk() == "piece")
            stream.finish()
            #expect(try await connection.chunk() == "")
            #expect(try await connection.response().body == "behind")
        }
    }

    @Test func aClientThatWantsTheConnectionClosedGetsThat() async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Subscribe", headers: ["Connection: close"]))
            #expect(try await connection.head().headers["connection"] == "close")
            stream.finish()
            #expect(try await connection.chunk() == "")
            #expect(await connection.isClosedByServer())
        }
    }

    // MARK: Slow readers

    /// Pieces of an endless stream that are asked for while nobody reads: those that fit into the buffers of the
    /// system, and a few.
    private static let pieceSize = 1 << 20

    @Test func aReaderThatStopsHoldsNoMemory() async throws {
        let stream = FakeStream(endlessPieceSize: Self.pieceSize)
        try await withStream(stream) { port in
            let connection = try await RawConnection.open(port: port, reads: false)
            try await connection.send(Self.subscribe)
            await stream.wait { $0.pulls > 0 }
            let other = try await RawConnection.open(port: port)
            // The buffers of the sockets fill up, then no more pieces are made.
            var pulls = -1
            while pulls != stream.pulls {
                pulls = stream.pulls
                for _ in 0..<20 {
                    try await other.send(request("Kinesis_20131202.Echo", "x"))
                    #expect(try await other.response().body == "x")
                }
            }
            #expect(pulls < 64)
            // It goes on where it was when the client reads again.
            try await connection.startReading()
            await stream.wait { [pulls] in $0.pulls > pulls + 8 }
            try await connection.close()
            await stream.wait { $0.isCancelled }
        }
    }

    @Test func theWindowOfTheClientIsKept() async throws {
        let stream = FakeStream(endlessPieceSize: Self.pieceSize)
        try await withStream(stream) { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            connection.opensWindows = false
            try await connection.request(1, "Kinesis_20131202.Subscribe")
            while connection.received(1) < 65_535 { _ = try await connection.frame(.data, stream: 1) }
            try await connection.send(RawHTTP2Connection.ping(1))
            _ = try await connection.frame(.ping)
            // One piece is too large for the window; there is no second.
            #expect(stream.pulls == 1)
            #expect(connection.received(1) == 65_535)
            // As much as is missing of the piece: another one is made once no more than the limit of it is left.
            let rest = Self.pieceSize - 65_535
            try await connection.send(
                RawHTTP2Connection.windowUpdate(0, rest),
                RawHTTP2Connection.windowUpdate(1, rest)
            )
            while connection.received(1) < Self.pieceSize { _ = try await connection.frame(.data, stream: 1) }
            await stream.wait { $0.pulls == 2 }
            try await connection.send(RawHTTP2Connection.ping(2))
            _ = try await connection.frame(.ping)
            #expect(stream.pulls == 2)
            try await connection.send(RawHTTP2Connection.reset(1))
            await stream.wait { $0.isCancelled }
        }
    }

    @Test(arguments: [1, 2])
    func aReaderThatDoesNotReadAtAllIsCutOff(version: Int) async throws {
        let stream = FakeStream(endlessPieceSize: Self.pieceSize)
        var configuration = WeirServer.Configuration.test
        configuration.responseTimeout = .milliseconds(500)
        try await withStream(stream, configuration) { port in
            if version == 1 {
                let connection = try await RawConnection.open(port: port, reads: false)
                try await connection.send(Self.subscribe)
                await stream.wait { $0.isCancelled }
                try await connection.close()
            } else {
                let connection = try await RawHTTP2Connection.open(port: port)
                connection.opensWindows = false
                try await connection.request(1, "Kinesis_20131202.Subscribe")
                await stream.wait { $0.isCancelled }
                #expect(try await connection.response(1).reset != nil)
                // The connection is as good as before.
                try await connection.send(RawHTTP2Connection.windowUpdate(0, 65_535))
                try await connection.request(3, "Kinesis_20131202.Echo", "next")
                #expect(try await connection.response(3).text == "next")
            }
        }
    }

    @Test(arguments: [1, 2])
    func aReaderOfAnIdleStreamHasAllTheTimeInTheWorld(version: Int) async throws {
        let stream = FakeStream()
        var configuration = WeirServer.Configuration.test
        configuration.responseTimeout = .milliseconds(100)
        configuration.idleTimeout = .milliseconds(100)
        configuration.requestHeadTimeout = .milliseconds(1000)
        try await withStream(stream, configuration) { port in
            let first = try await RawConnection.open(port: port)
            let second = try await RawHTTP2Connection.open(port: port)
            if version == 1 {
                try await first.send(Self.subscribe)
                _ = try await first.head()
            } else {
                try await second.request(1, "Kinesis_20131202.Subscribe")
                _ = try await second.frame(.headers, stream: 1)
            }
            // Longer than any limit.
            let idle = try await RawConnection.open(port: port)
            #expect(await idle.isClosedByServer())
            #expect(!stream.isCancelled)
            stream.yield("late")
            if version == 1 {
                #expect(try await first.chunk() == "late")
            } else {
                #expect(String(buffer: try await second.frame(.data, stream: 1).payload) == "late")
            }
        }
    }

    // MARK: Ends

    @Test func aClientThatGoesAwayEndsTheStream() async throws {
        for version in [1, 2] {
            let stream = FakeStream()
            try await withStream(stream) { port in
                if version == 1 {
                    let connection = try await RawConnection.open(port: port)
                    try await connection.send(Self.subscribe)
                    _ = try await connection.head()
                    try await connection.close()
                } else {
                    let connection = try await RawHTTP2Connection.open(port: port)
                    try await connection.request(1, "Kinesis_20131202.Subscribe")
                    _ = try await connection.frame(.headers, stream: 1)
                    try await connection.connection.close()
                }
                await stream.wait { $0.isCancelled }
            }
        }
    }

    @Test func aResetEndsItsStreamAlone() async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Subscribe")
            _ = try await connection.frame(.headers, stream: 1)
            try await connection.send(RawHTTP2Connection.reset(1))
            await stream.wait { $0.isCancelled }
            try await connection.request(3, "Kinesis_20131202.Echo", "next")
            #expect(try await connection.response(3).text == "next")
        }
    }

    @Test(arguments: [1, 2])
    func aClientThatSendsNoMoreGetsAWholeBody(version: Int) async throws {
        let stream = FakeStream()
        try await withStream(stream) { port in
            if version == 1 {
                let connection = try await RawConnection.open(port: port)
                try await connection.send(Self.subscribe)
                _ = try await connection.head()
                try await connection.finishSending()
                #expect(try await connection.chunk() == "")
                #expect(await connection.isClosedByServer())
            } else {
                let connection = try await RawHTTP2Connection.open(port: port)
                try await connection.request(1, "Kinesis_20131202.Subscribe")
                _ = try await connection.frame(.headers, stream: 1)
                try await connection.finishSending()
                #expect(try await connection.response(1).reset == nil)
                #expect(await connection.isClosedByServer())
            }
            await stream.wait { $0.isCancelled }
        }
    }

    /// The client is gone before the service has made the stream.
    @Test(arguments: [1, 2])
    func aStreamThatComesTooLateIsCancelled(version: Int) async throws {
        let stream = FakeStream()
        let gate = Gate()
        try await withStream(stream, gate: gate) { port in
            if version == 1 {
                let connection = try await RawConnection.open(port: port)
                try await connection.send(request("Kinesis_20131202.SubscribeLate"))
                await gate.arrival()
                try await connection.close()
            } else {
                let connection = try await RawHTTP2Connection.open(port: port)
                try await connection.request(1, "Kinesis_20131202.SubscribeLate")
                await gate.arrival()
                try await connection.send(RawHTTP2Connection.reset(1))
                try await connection.send(RawHTTP2Connection.ping(1))
                _ = try await connection.frame(.ping)
            }
            gate.open()
            await stream.wait { $0.isCancelled }
        }
    }

    @Test func aShutdownEndsStreamsProperly() async throws {
        let stream = FakeStream()
        let late = Gate()
        let server = WeirServer(
            configuration: .test,
            services: [FakeService(gate: late, stream: stream)],
            streams: NoStreams(),
            time: SystemTime(),
            logger: quiet
        )
        let group = ServiceGroup(services: [server], logger: quiet)
        let run = Task { try await group.run() }
        let port = try await server.port
        let first = try await RawConnection.open(port: port)
        let second = try await RawHTTP2Connection.open(port: port)
        try await first.send(Self.subscribe)
        _ = try await first.head()
        try await second.request(1, "Kinesis_20131202.Subscribe")
        _ = try await second.frame(.headers, stream: 1)
        // One whose stream is made only when the server is stopping.
        try await second.request(3, "Kinesis_20131202.SubscribeLate")
        await late.arrival()

        await group.triggerGracefulShutdown()
        #expect(try await first.chunk() == "")
        #expect(await first.isClosedByServer())
        #expect(try await second.response(1).reset == nil)
        late.open()
        let response = try await second.response(3)
        #expect(response.status == 200)
        #expect(response.reset == nil)
        #expect(await second.isClosedByServer())
        #expect(stream.isCancelled)
        try await run.value
    }
}
