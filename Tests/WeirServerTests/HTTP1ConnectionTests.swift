import NIOCore
import Testing
import WeirModel

@testable import WeirServer

@Suite struct HTTP1ConnectionTests {
    @Test func aConnectionServesRequestAfterRequest() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            for number in 1...3 {
                try await connection.send(request("Kinesis_20131202.Echo", "{\"n\":\(number)}"))
                let response = try await connection.response()
                #expect(response.status == 200)
                #expect(response.body == "{\"n\":\(number)}")
                #expect(response.headers["connection"] == nil)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a body that comes in pieces is put together`(isDeclared: Bool) async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            // More than there is made room for at a time.
            let body = String(repeating: "0123456789abcdef", count: 3 << 16) + "end"
            let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.1\r\n"
            let length = isDeclared ? "Content-Length: \(body.utf8.count)" : "Transfer-Encoding: chunked"
            for _ in 1...2 {
                try await connection.send("\(head)X-Amz-Target: Kinesis_20131202.Echo\r\n\(length)\r\n\r\n")
                var rest = Substring(body)
                while !rest.isEmpty {
                    let piece = rest.prefix(200_001)
                    rest = rest.dropFirst(200_001)
                    try await connection.send(
                        isDeclared ? String(piece) : "\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n"
                    )
                }
                if !isDeclared { try await connection.send("0\r\n\r\n") }
                let response = try await connection.response()
                #expect(response.status == 200)
                #expect(response.body == body)
            }
        }
    }

    @Test(arguments: [0, 1, 4_096, 4_097])
    func `a body comes behind its head, in one piece with it or not`(size: Int) async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            let body = String(repeating: "b", count: size)
            for _ in 1...2 {
                try await connection.send(request("Kinesis_20131202.Echo", body))
                let response = try await connection.response()
                #expect(response.status == 200)
                #expect(response.headers["content-length"] == "\(size)")
                #expect(response.body == body)
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await RawConnection.open(port: port)
            var requests = request("Kinesis_20131202.Wait", "first")
            for number in 2...20 { requests += request("Kinesis_20131202.Echo", "\(number)") }
            try await connection.send(requests)
            await gate.arrival()
            gate.open()
            #expect(try await connection.response().body == "first")
            for number in 2...20 { #expect(try await connection.response().body == "\(number)") }
        }
    }

    /// A server that read on would have all of it long before it has answered so many requests of another connection, for
    /// one thread reads both in turn.
    @Test func whatIsSentAheadIsLeftInTheSocket() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Wait", "first"))
            await gate.arrival()
            // More than the buffers of both sockets take.
            let next = request("Kinesis_20131202.Echo", String(repeating: "x", count: 60_000))
            let isSent = connection.beginSending(ByteBuffer(string: String(repeating: next, count: 700)))
            let other = try await RawConnection.open(port: port)
            for number in 1...300 {
                try await other.send(request("Kinesis_20131202.Echo", "\(number)"))
                #expect(try await other.response().body == "\(number)")
            }
            #expect(!isSent())
            gate.open()
            #expect(try await connection.response().body == "first")
            for _ in 1...3 { #expect(try await connection.response().body.utf8.count == 60_000) }
            try await connection.close()
        }
    }

    @Test(arguments: [
        ("this is no HTTP\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n", 431),
    ])
    func whatIsNoRequestIsRefusedAfterTheRequestsBeforeIt(bytes: String, status: Int) async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                request("Kinesis_20131202.Wait", "first") + request("Kinesis_20131202.Echo", "second") + bytes
            )
            await gate.arrival()
            gate.open()
            #expect(try await connection.response().body == "first")
            #expect(try await connection.response().body == "second")
            let refusal = try await connection.response()
            #expect(refusal.status == status)
            #expect(refusal.headers["connection"] == "close")
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func requestsSentAheadOfTheEndAreAnswered() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                request("Kinesis_20131202.Wait", "first") + request("Kinesis_20131202.Echo", "second")
            )
            try await connection.finishSending()
            await gate.arrival()
            gate.open()
            #expect(try await connection.response().body == "first")
            #expect(try await connection.response().body == "second")
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aClientThatSendsNoMoreGetsALargeAnswerWhole() async throws {
        try await withServer { port in
            let slow = try await RawConnection.open(port: port, reads: false)
            try await slow.send(request("Kinesis_20131202.Large"))
            try await slow.receiveSome()
            try await slow.finishSending()
            try await slow.startReading()
            #expect(try await slow.response().body.utf8.count == 8 << 20)
            #expect(await slow.isClosedByServer())
        }
    }

    @Test func requestsSentAheadByteForByteAreAnsweredInOrder() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            let both = request("Kinesis_20131202.Echo", "one") + request("Kinesis_20131202.Echo", "two")
            for byte in both.utf8 { try await connection.send(ByteBuffer(bytes: [byte])) }
            #expect(try await connection.response().body == "one")
            #expect(try await connection.response().body == "two")
        }
    }

    @Test func theClientMayAskToClose() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Echo", "x", headers: ["Connection: close"]))
            let response = try await connection.response()
            #expect(response.body == "x")
            #expect(response.headers["connection"] == "close")
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aClientOfHTTP10IsServed() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send("GET /health HTTP/1.0\r\n\r\n")
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(response.headers["connection"] == "close")
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aClientThatSendsNoMoreGetsItsAnswer() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Wait", "x"))
            try await connection.finishSending()
            await gate.arrival()
            gate.open()
            #expect(try await connection.response().body == "x")
        }
    }

    @Test func aBodyMayComeInChunks() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                """
                POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.Echo\r\n\
                Content-Type: application/x-amz-json-1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
                3\r\nabc\r\n
                """
            )
            try await connection.send("4\r\ndefg\r\n0\r\n\r\n")
            #expect(try await connection.response().body == "abcdefg")
        }
    }

    @Test func aClientThatExpectsItIsToldToContinue() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            let head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.Echo\r\n"
            let type = "Content-Type: application/x-amz-json-1.1\r\n"
            try await connection.send(head + type + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await connection.response().status == 100)
            try await connection.send("hello")
            #expect(try await connection.response().body == "hello")
        }
    }

    @Test func aBodyOfTheLargestSizeIsTaken() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.maximumRequestBodySizeInBytes = 100_000
        try await withServer(configuration) { port in
            let connection = try await RawConnection.open(port: port)
            let body = String(repeating: "x", count: 100_000)
            try await connection.send(request("Kinesis_20131202.Size", body))
            #expect(try await connection.response().body == "100000")
        }
    }

    @Test(arguments: [true, false])
    func aLargerBodyIsRefusedAndTheConnectionClosed(isDeclared: Bool) async throws {
        var configuration = WeirServer.Configuration.test
        configuration.maximumRequestBodySizeInBytes = 100_000
        try await withServer(configuration) { port in
            let connection = try await RawConnection.open(port: port)
            let body = String(repeating: "x", count: 100_001)
            if isDeclared {
                try await connection.send(request("Kinesis_20131202.Size", body))
            } else {
                try await connection.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await connection.send(String(body.utf8.count, radix: 16) + "\r\n\(body)\r\n0\r\n\r\n")
            }
            let response = try await connection.response()
            #expect(response.status == 413)
            #expect(response.headers["connection"] == "close")
            #expect(response.body.contains("RequestEntityTooLarge"))
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func theDefaultLimitIsThatOfTheAPI() {
        #expect(WeirServer.Configuration().maximumRequestBodySizeInBytes == Limits.maximumRequestBodySizeInBytes)
    }

    @Test(arguments: [
        ["X-Long: " + String(repeating: "a", count: Limits.maximumRequestHeaderSizeInBytes + 1)],
        (0...Limits.maximumRequestHeaderCount).map { "X-Header-\($0): a" },
        (0..<40).map { "X-Header-\($0): " + String(repeating: "a", count: 1000) },
    ])
    func tooManyOrTooLargeHeadersAreRefused(headers: [String]) async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Echo", headers: headers))
            #expect(try await connection.response().status == 431)
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func headersUpToTheLimitAreTaken() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            // Four are sent by the request itself.
            let many = (4..<Limits.maximumRequestHeaderCount).map { "X-Header-\($0): a" }
            try await connection.send(request("Kinesis_20131202.Echo", "x", headers: many))
            #expect(try await connection.response().status == 200)
            let long = "X-Long: " + String(repeating: "a", count: Limits.maximumRequestHeaderSizeInBytes - 300)
            try await connection.send(request("Kinesis_20131202.Echo", "x", headers: [long]))
            #expect(try await connection.response().status == 200)
        }
    }

    @Test(arguments: [
        "this is no HTTP\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: minus\r\n\r\n",
    ])
    func whatIsNoRequestIsRefused(bytes: String) async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(bytes)
            #expect(try await connection.response().status == 400)
            #expect(await connection.isClosedByServer())
            // Nobody else suffers.
            let other = try await RawConnection.open(port: port)
            try await other.send(request("Kinesis_20131202.Echo", "x"))
            #expect(try await other.response().status == 200)
        }
    }

    @Test func aClientThatNeverFinishesItsHeadersIsClosed() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestHeadTimeout = .seconds(2)
        try await withServer(configuration) { port in
            let silent = try await RawConnection.open(port: port)
            let slow = try await RawConnection.open(port: port)
            let active = try await RawConnection.open(port: port)
            try await slow.send("POST / HTTP/1.1\r\nHost: x\r\nX-Am")
            try await active.send(request("Kinesis_20131202.Echo", "before"))
            #expect(try await active.response().body == "before")
            #expect(await silent.isClosedByServer())
            #expect(try await slow.response().status == 408)
            #expect(await slow.isClosedByServer())
            // A connection that waits between two requests has more time.
            try await active.send(request("Kinesis_20131202.Echo", "after"))
            #expect(try await active.response().body == "after")
        }
    }

    @Test(arguments: [(30_000, 200), (1000, 1500)])
    func aConnectionThatIsNotUsedIsClosed(headMilliseconds: Int, idleMilliseconds: Int) async throws {
        let gate = Gate()
        var configuration = WeirServer.Configuration.test
        configuration.requestHeadTimeout = .milliseconds(headMilliseconds)
        configuration.idleTimeout = .milliseconds(idleMilliseconds)
        try await withServer(configuration, services: [FakeService(gate: gate)]) { port in
            let busy = try await RawConnection.open(port: port)
            try await busy.send(request("Kinesis_20131202.Wait", "busy"))
            await gate.arrival()
            let idle = try await RawConnection.open(port: port)
            let start = ContinuousClock.now
            for body in ["one", "two"] {
                try await idle.send(request("Kinesis_20131202.Echo", body))
                #expect(try await idle.response().body == body)
            }
            #expect(await idle.isClosedByServer())
            #expect(ContinuousClock.now - start >= configuration.idleTimeout)
            // A request that takes longer is not cut off.
            gate.open()
            #expect(try await busy.response().body == "busy")
        }
    }

    @Test func aClientThatNeverFinishesItsBodyIsClosed() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestBodyTimeout = .seconds(2)
        try await withServer(configuration) { port in
            let slow = try await RawConnection.open(port: port)
            let active = try await RawConnection.open(port: port)
            try await slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            try await active.send(request("Kinesis_20131202.Echo", "x"))
            #expect(try await active.response().body == "x")
            #expect(try await slow.response().status == 408)
            #expect(await slow.isClosedByServer())
            try await active.send(request("Kinesis_20131202.Echo", "y"))
            #expect(try await active.response().body == "y")
        }
    }

    @Test func aClientThatGoesAwayHurtsNobody() async throws {
        let gate = Gate()
        try await withServer(services: [FakeService(gate: gate)]) { port in
            let gone = try await RawConnection.open(port: port)
            try await gone.send(request("Kinesis_20131202.Wait"))
            await gate.arrival()
            try await gone.close()
            gate.open()
            let other = try await RawConnection.open(port: port)
            try await other.send(request("Kinesis_20131202.Echo", "x"))
            #expect(try await other.response().body == "x")
        }
    }

    @Test func largeAnswersToPipelinedRequestsArrive() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                request("Kinesis_20131202.Large") + request("Kinesis_20131202.Large")
                    + request("Kinesis_20131202.Echo", "x")
            )
            #expect(try await connection.response().body.utf8.count == 8 << 20)
            #expect(try await connection.response().body.utf8.count == 8 << 20)
            #expect(try await connection.response().body == "x")
        }
    }
}
