import NIOCore
import NIOHPACK
import Testing
import WeirModel

@testable import WeirServer

@Suite struct HTTP2ConnectionTests {
    typealias Connection = RawHTTP2Connection

    @Test func oneConnectionServesRequestAfterRequest() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            for number in 0..<3 {
                try await connection.request(2 * number + 1, "Kinesis_20131202.Echo", "{\"n\":\(number)}")
                let response = try await connection.response(2 * number + 1)
                #expect(response.status == 200)
                #expect(response.text == "{\"n\":\(number)}")
                #expect(response.headers.first(name: "content-type") == "application/x-amz-json-1.1")
                #expect(response.headers.first(name: "content-length") == "7")
                #expect(response.headers.first(name: "x-amzn-requestid")?.utf8.count == 36)
                #expect(response.headers.first(name: "date")?.hasSuffix(" GMT") == true)
            }
        }
    }

    @Test func bothVersionsAreServedOnOnePort() async throws {
        try await withServer { port in
            let second = try await Connection.open(port: port)
            let first = try await RawConnection.open(port: port)
            try await second.request(1, "Kinesis_20131202.Echo", "two")
            try await first.send(request("Kinesis_20131202.Echo", "one"))
            #expect(try await first.response().body == "one")
            #expect(try await second.response(1).text == "two")
        }
    }

    @Test func thePrefaceMayComeByteForByte() async throws {
        try await withServer { port in
            let raw = try await RawConnection.open(port: port)
            for byte in Connection.preface.utf8 { try await raw.send(ByteBuffer(bytes: [byte])) }
            try await raw.send(Connection.settings([]).bytes)
            // The settings of the server come first: a frame of kind 4 on stream 0.
            let head = try await raw.bytes(9)
            #expect(head.getInteger(at: head.readerIndex + 3, as: UInt8.self) == 4)
        }
    }

    @Test func theServerTellsItsSettings() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            var settings = try await connection.frame(.settings).payload
            var values: [UInt16: UInt32] = [:]
            while let (parameter, value) = settings.readMultipleIntegers(as: (UInt16, UInt32).self) {
                values[parameter] = value
            }
            #expect(values == [3: 256, 4: 128 << 10, 6: 64 << 10])
        }
    }

    @Test func streamsDoNotWaitForOneAnother() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Wait", "slow")
            await gate.arrival()
            try await connection.request(3, "Kinesis_20131202.Echo", "fast")
            #expect(try await connection.response(3).text == "fast")
            gate.open()
            #expect(try await connection.response(1).text == "slow")
        }
    }

    @Test func aBodyMayComeInManyFramesAndLargerThanTheWindow() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(try connection.head(1, "Kinesis_20131202.Size"))
            // The first window is 65,535 bytes until the client knows the settings of the server.
            var window = 65_535
            let piece = ByteBuffer(repeating: 7, count: 16_384)
            for number in 0..<320 {
                while window < piece.readableBytes {
                    let update = try await connection.frame(.windowUpdate, stream: 1)
                    window += update.number
                }
                try await connection.send(Connection.data(1, piece, ends: number == 319))
                window -= piece.readableBytes
            }
            #expect(try await connection.response(1).text == "\(320 * 16_384)")
        }
    }

    @Test func aRequestMayHaveNoBody() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(try connection.head(1, "Kinesis_20131202.Echo", ends: true))
            let response = try await connection.response(1)
            #expect(response.status == 200)
            #expect(response.headers.first(name: "content-length") == "0")
            try await connection.send(
                try connection.head(3, nil, method: "GET", path: "/health", contentType: nil, ends: true)
            )
            #expect(try await connection.response(3).text == #"{"status":"ok"}"#)
            try await connection.send(
                try connection.head(5, nil, method: "HEAD", path: "/health", contentType: nil, ends: true)
            )
            let head = try await connection.response(5)
            #expect(head.headers.first(name: "content-length") == "15")
            #expect(head.text == "")
        }
    }

    @Test func trailersEndARequest() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(
                try connection.head(1, "Kinesis_20131202.Echo"),
                Connection.data(1, ByteBuffer(string: "body"), ends: false),
                try connection.headers(1, HPACKHeaders([("x-trailer", "1")]), ends: true)
            )
            #expect(try await connection.response(1).text == "body")
        }
    }

    @Test func aClientThatExpectsItIsToldToContinue() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            let expects = [("expect", "100-continue"), ("content-length", "5")]
            try await connection.send(try connection.head(1, "Kinesis_20131202.Echo", headers: expects))
            #expect(try await connection.frame(.headers, stream: 1).isEnd == false)
            try await connection.send(Connection.data(1, ByteBuffer(string: "hello")))
            #expect(try await connection.response(1).text == "hello")
        }
    }

    @Test func pingsAreAnswered() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(Connection.ping(42))
            let answer = try await connection.frame(.ping)
            #expect(answer.flags == 1)
            #expect(answer.payload.getInteger(at: answer.payload.readerIndex, as: UInt64.self) == 42)
        }
    }

    // MARK: Limits

    @Test(arguments: [100_000, 100_001])
    func aBodyUpToTheLimitIsTaken(size: Int) async throws {
        var configuration = WeirServer.Configuration.test
        configuration.maximumRequestBodySizeInBytes = 100_000
        try await withServer(configuration) { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(try connection.head(1, "Kinesis_20131202.Size"))
            var left = size
            while left > 0 {
                let count = min(left, 16_384)
                left -= count
                // The last byte of a body that is too large does not end the request: it is refused before.
                let ends = left == 0 && size == 100_000
                try await connection.send(Connection.data(1, ByteBuffer(repeating: 1, count: count), ends: ends))
                if left > 0 && size - left == 65_536 - 16_384 {
                    _ = try await connection.frame(.windowUpdate, stream: 1)
                }
            }
            let response = try await connection.response(1)
            #expect(response.status == (size == 100_000 ? 200 : 413))
            if size > 100_000 {
                #expect(response.text.contains("RequestEntityTooLarge"))
                // The rest may come.
                try await connection.send(Connection.data(1, ByteBuffer(string: "rest")))
            }
            try await connection.request(3, "Kinesis_20131202.Echo", "next")
            #expect(try await connection.response(3).text == "next")
        }
    }

    @Test func aBodyThatIsDeclaredTooLargeIsRefusedBeforeItComes() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            let length = [("content-length", "\(Limits.maximumRequestBodySizeInBytes + 1)")]
            try await connection.send(try connection.head(1, "Kinesis_20131202.Size", headers: length))
            #expect(try await connection.response(1).status == 413)
        }
    }

    @Test(arguments: [Limits.maximumRequestHeaderCount, Limits.maximumRequestHeaderCount + 1])
    func headersUpToTheLimitAreTaken(count: Int) async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            // Two are sent by the request itself; those of the protocol do not count.
            let many = (2..<count).map { ("x-header-\($0)", "a") }
            try await connection.send(try connection.head(1, "Kinesis_20131202.Echo", headers: many, ends: true))
            let response = try await connection.response(1)
            #expect(response.status == (count > Limits.maximumRequestHeaderCount ? 431 : 200))
        }
    }

    @Test func headersThatAreTooLongAreRefused() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(try connection.head(1, "Kinesis_20131202.Echo", ends: true))
            #expect(try await connection.response(1).status == 200)
            let value = String(repeating: "~", count: Limits.maximumRequestHeaderSizeInBytes)
            try await sendInFragments(3, [("x-long", value)], on: connection)
            #expect(try await connection.response(3).status == 431)
            try await connection.request(5, "Kinesis_20131202.Echo", "next")
            #expect(try await connection.response(5).text == "next")
        }
    }

    @Test func headersBeyondAllMeasureEndTheConnection() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port, staysOpen: true)
            let value = String(repeating: "~", count: Limits.maximumHeaderListSizeInBytes)
            try await sendInFragments(1, [("x-long", value)], on: connection)
            #expect(try await connection.frame(.goAway).errorCode != 0)
            #expect(await connection.isClosedByServer())
        }
    }

    /// Sends the head of a request that does not fit into one frame.
    private func sendInFragments(_ stream: Int, _ headers: [(String, String)], on connection: Connection) async throws {
        var block = try connection.head(stream, "Kinesis_20131202.Echo", headers: headers).payload
        var kind = Connection.Frame.Kind.headers
        while let piece = block.readSlice(length: min(16_384, block.readableBytes)), piece.readableBytes > 0 {
            var flags: UInt8 = block.readableBytes == 0 ? Connection.Frame.endHeaders : 0
            if kind == .headers { flags |= Connection.Frame.endStream }
            try await connection.send(Connection.Frame(kind: kind, flags: flags, stream: stream, payload: piece))
            kind = .continuation
        }
    }

    /// Before it knows the settings of the server, a client may open 100 streams (what NIO's handler begins with).
    @Test(arguments: [true, false])
    func thereAreOnlySoManyStreamsAtATime(isBeforeTheSettings: Bool) async throws {
        let maximum = isBeforeTheSettings ? 100 : Limits.maximumConcurrentStreams
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await Connection.open(port: port)
            if !isBeforeTheSettings { _ = try await connection.frame(.settings) }
            var heads: [Connection.Frame] = []
            for number in 0..<maximum {
                heads.append(try connection.head(2 * number + 1, "Kinesis_20131202.Wait", ends: true))
            }
            heads.append(Connection.ping(1))
            try await connection.send(heads)
            await gate.arrival()
            // So many are served. One more breaks the protocol.
            if !isBeforeTheSettings { #expect(try await connection.frame(.ping).flags == 1) }
            try await connection.send(try connection.head(2 * maximum + 1, "Kinesis_20131202.Echo", ends: true))
            #expect(try await connection.frame(.goAway).errorCode != 0)
            gate.open()
            #expect(try await connection.response(1).status == 200)
        }
    }

    // MARK: Time

    @Test func aClientThatNeverFinishesItsBodyIsRefused() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestBodyTimeout = .seconds(2)
        configuration.lingerTimeout = .milliseconds(200)
        try await withServer(configuration) { port in
            let connection = try await Connection.open(port: port)
            try await connection.send(
                try connection.head(1, "Kinesis_20131202.Echo"),
                Connection.data(1, ByteBuffer(string: "half"), ends: false)
            )
            try await connection.request(3, "Kinesis_20131202.Echo", "x")
            #expect(try await connection.response(3).text == "x")
            #expect(try await connection.response(1).status == 408)
            // No more of the request is wanted; the answer counts.
            #expect(try await connection.response(1).reset == 0)
            try await connection.request(5, "Kinesis_20131202.Echo", "y")
            #expect(try await connection.response(5).text == "y")
        }
    }

    @Test func aClientThatDoesNotReadItsAnswerIsCutOff() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.responseTimeout = .seconds(2)
        try await withServer(configuration) { port in
            let connection = try await Connection.open(port: port)
            connection.opensWindows = false
            try await connection.request(1, "Kinesis_20131202.Large")
            #expect(try await connection.frame(.reset, stream: 1).stream == 1)
            #expect(connection.received(1) == 65_535)
        }
    }

    @Test func aLargeAnswerArrivesWhole() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Large")
            try await connection.request(3, "Kinesis_20131202.Large")
            #expect(try await connection.response(3).body.readableBytes == 8 << 20)
            #expect(try await connection.response(1).body.readableBytes == 8 << 20)
        }
    }

    @Test func aConnectionThatIsNotUsedIsEnded() async throws {
        let gate = Gate()
        var configuration = WeirServer.Configuration.test
        configuration.idleTimeout = .milliseconds(200)
        try await withServer(configuration, services: [FakeService(gate: gate)]) { port in
            let busy = try await Connection.open(port: port)
            try await busy.request(1, "Kinesis_20131202.Wait", "busy")
            await gate.arrival()
            let idle = try await Connection.open(port: port)
            try await idle.request(1, "Kinesis_20131202.Echo", "x")
            #expect(try await idle.response(1).text == "x")
            let end = try await idle.frame(.goAway)
            #expect(end.number == 1)
            #expect(end.errorCode == 0)
            #expect(await idle.isClosedByServer())
            gate.open()
            #expect(try await busy.response(1).text == "busy")
        }
    }

    @Test func aClientThatDoesNotLeaveIsClosed() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.idleTimeout = .milliseconds(1)
        configuration.lingerTimeout = .milliseconds(1)
        configuration.maximumConnectionCount = 1
        try await withServer(configuration) { port in
            let stubborn = try await RawConnection.open(port: port, staysOpen: true)
            var bytes = ByteBuffer(string: Connection.preface)
            bytes.writeImmutableBuffer(Connection.settings([]).bytes)
            bytes.writeImmutableBuffer(
                Connection.Frame(kind: .headers, flags: 5, stream: 1, payload: ByteBuffer(bytes: [0x82, 0x84, 0x86]))
                    .bytes
            )
            try await stubborn.send(bytes)
            while (try? await stubborn.bytes(1)) != nil {}
            // Its place is free once the server has closed it.
            let deadline = ContinuousClock.now + .seconds(60)
            var isServed = false
            while !isServed, ContinuousClock.now < deadline {
                guard let next = try? await RawConnection.open(port: port) else { continue }
                isServed = (try? await next.send(request("Kinesis_20131202.Echo", "x"))) != nil
                if isServed { isServed = (try? await next.response().body) == "x" }
            }
            #expect(isServed)
            try await stubborn.close()
        }
    }

    @Test(arguments: ["", "PRI * HT"])
    func aClientThatBeginsNothingIsClosed(bytes: String) async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestHeadTimeout = .milliseconds(200)
        try await withServer(configuration) { port in
            let connection = try await RawConnection.open(port: port)
            if !bytes.isEmpty { try await connection.send(bytes) }
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aClientThatSendsNothingBehindThePrefaceIsEnded() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestHeadTimeout = .milliseconds(200)
        try await withServer(configuration) { port in
            let connection = try await Connection.open(port: port)
            #expect(try await connection.frame(.goAway).errorCode == 0)
        }
    }

    // MARK: Ends

    @Test func aResetStreamIsForgotten() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Wait", "x")
            await gate.arrival()
            try await connection.send(Connection.reset(1))
            try await connection.request(3, "Kinesis_20131202.Echo", "y")
            #expect(try await connection.response(3).text == "y")
            gate.open()
            await gate.departure()
            try await connection.request(5, "Kinesis_20131202.Echo", "z")
            #expect(try await connection.response(5).text == "z")
        }
    }

    @Test func aClientThatSendsNoMoreGetsItsAnswer() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Wait", "x")
            try await connection.send(try connection.head(3, "Kinesis_20131202.Echo"))
            await gate.arrival()
            try await connection.finishSending()
            gate.open()
            #expect(try await connection.response(1).text == "x")
            // The other request will never be complete.
            #expect(try await connection.response(3).reset != nil)
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aClientThatGoesAwayHurtsNobody() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let gone = try await Connection.open(port: port)
            try await gone.request(1, "Kinesis_20131202.Wait")
            await gate.arrival()
            try await gone.connection.close()
            gate.open()
            let other = try await Connection.open(port: port)
            try await other.request(1, "Kinesis_20131202.Echo", "x")
            #expect(try await other.response(1).text == "x")
        }
    }

    // MARK: What is no HTTP/2

    @Test(arguments: [
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", "PRI\u{0}", "P\r\n\r\n",
    ])
    func whatIsNoPrefaceIsAnsweredAsHTTP1(bytes: String) async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(bytes)
            #expect(try await connection.response().status == 400)
            #expect(await connection.isClosedByServer())
        }
    }

    @Test(arguments: [
        // No settings behind the preface.
        Connection.ping(1),
        // A frame that is larger than it may be.
        Connection.Frame(kind: .ping, payload: ByteBuffer(repeating: 0, count: 17_000)),
        // A frame of the wrong size.
        Connection.Frame(kind: .settings, payload: ByteBuffer(repeating: 0, count: 5)),
    ])
    func garbageBehindThePrefaceEndsTheConnection(frame: Connection.Frame) async throws {
        try await withServer { port in
            let raw = try await RawConnection.open(port: port)
            var bytes = ByteBuffer(string: Connection.preface)
            bytes.writeImmutableBuffer(frame.bytes)
            try await raw.send(bytes)
            while (try? await raw.bytes(1)) != nil {}
            #expect(await raw.isClosedByServer())
        }
    }

    @Test func aBrokenFrameEndsTheConnectionAfterTheAnswersInFlight() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await Connection.open(port: port)
            try await connection.request(1, "Kinesis_20131202.Wait", "in flight")
            await gate.arrival()
            try await connection.send(
                Connection.Frame(kind: .settings, stream: 1, payload: ByteBuffer(repeating: 0, count: 6))
            )
            #expect(try await connection.frame(.goAway).errorCode != 0)
            gate.open()
            #expect(try await connection.response(1).text == "in flight")
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aBrokenRequestEndsItsStreamAlone() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            // Without a method.
            let broken = HPACKHeaders([(":scheme", "http"), (":path", "/")])
            try await connection.send(try connection.headers(1, broken, ends: true))
            #expect(try await connection.response(1).reset != nil)
            // A body that is longer than declared.
            try await connection.send(
                try connection.head(3, "Kinesis_20131202.Echo", headers: [("content-length", "2")]),
                Connection.data(3, ByteBuffer(string: "abc"))
            )
            #expect(try await connection.response(3).reset != nil)
            try await connection.request(5, "Kinesis_20131202.Echo", "next")
            #expect(try await connection.response(5).text == "next")
        }
    }

    // MARK: Floods

    @Test func resetsAreBornAsOftenAsAWorkerMaySendThem() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            var frames: [Connection.Frame] = []
            for number in 0..<Limits.maximumStreamResetsPerHalfMinute {
                frames.append(try connection.head(2 * number + 1, "Kinesis_20131202.Echo"))
                frames.append(Connection.reset(2 * number + 1))
            }
            try await connection.send(frames)
            let next = 2 * Limits.maximumStreamResetsPerHalfMinute + 1
            try await connection.request(next, "Kinesis_20131202.Echo", "still there")
            #expect(try await connection.response(next).text == "still there")
            try await connection.send(
                try connection.head(next + 2, "Kinesis_20131202.Echo"),
                Connection.reset(next + 2)
            )
            // ENHANCE_YOUR_CALM
            #expect(try await connection.frame(.goAway).errorCode == 11)
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func pingsAreBornForAWhile() async throws {
        try await withServer { port in
            let connection = try await Connection.open(port: port)
            // Its own settings and the acknowledgement of the server's count too.
            _ = try await connection.frame(.settings)
            let pings = (2..<Limits.maximumControlFramesPerHalfMinute).map { Connection.ping(UInt64($0)) }
            try await connection.send(pings)
            try await connection.request(1, "Kinesis_20131202.Echo", "still there")
            #expect(try await connection.response(1).text == "still there")
            try await connection.send(Connection.ping(0))
            #expect(try await connection.frame(.goAway).errorCode == 11)
            #expect(await connection.isClosedByServer())
        }
    }
}
