import NIOCore
import NIOSSL
import Testing
import WeirTLSFixtures

@testable import WeirServer

@Suite struct TLSTests {
    private static let echo = "Kinesis_20131202.Echo"

    @Test(arguments: [[], ["http/1.1"], ["h2", "http/1.1"]])
    func http1IsServedUnlessHTTP2WasAgreedOn(protocols: [String]) async throws {
        try await withTLSServer { server in
            // A client that offers HTTP/2 alone has to speak it; one that offers it beside 1.1 gets it.
            let connection = try await RawConnection.open(
                port: server.port,
                tls: try server.client(protocols: protocols)
            )
            try await connection.send(request(Self.echo, "one"))
            if protocols.contains("h2") {
                #expect(await connection.isClosedByServer())
            } else {
                #expect(try await connection.response().body == "one")
                try await connection.send(request(Self.echo, "two"))
                #expect(try await connection.response().body == "two")
            }
        }
    }

    @Test(arguments: [[], ["h2"], ["h2", "http/1.1"]])
    func http2IsServedByAgreementAndByItsPreface(protocols: [String]) async throws {
        try await withTLSServer { server in
            let tls = try server.client(protocols: protocols)
            let connection = try await RawHTTP2Connection.open(port: server.port, tls: tls)
            try await connection.request(1, Self.echo, "one")
            #expect(try await connection.response(1).text == "one")
            try await connection.send(
                try connection.head(3, "Kinesis_20131202.Size"),
                RawHTTP2Connection.data(3, ByteBuffer(repeating: 120, count: 16_000))
            )
            #expect(try await connection.response(3).text == "16000")
        }
    }

    @Test func aLargeAnswerArrivesWhole() async throws {
        try await withTLSServer { server in
            let connection = try await RawConnection.open(port: server.port, tls: try server.client())
            try await connection.send(request("Kinesis_20131202.Large"))
            #expect(try await connection.response().bytes.readableBytes == 8 << 20)
        }
    }

    @Test func clearTextIsClosedWithoutAnAnswer() async throws {
        try await withTLSServer { server in
            let connection = try await RawConnection.open(port: server.port)
            try await connection.send(request(Self.echo, "one"))
            var answer = ByteBuffer()
            while let byte = try? await connection.bytes(1) { answer.writeImmutableBuffer(byte) }
            #expect(!String(buffer: answer).contains("HTTP"))
            #expect(await connection.isClosedByServer())
            // The server goes on.
            let other = try await RawConnection.open(port: server.port, tls: try server.client())
            try await other.send(request(Self.echo, "two"))
            #expect(try await other.response().body == "two")
        }
    }

    /// Nothing at all, and the beginning of a client's greeting.
    @Test(arguments: [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]])
    func aHandshakeThatDoesNotEndIsCutOff(bytes: [UInt8]) async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestHeadTimeout = .milliseconds(100)
        try await withTLSServer(configuration) { server in
            let connection = try await RawConnection.open(port: server.port)
            if !bytes.isEmpty { try await connection.send(ByteBuffer(bytes: bytes)) }
            while (try? await connection.bytes(1)) != nil {}
            #expect(await connection.isClosedByServer())
        }
    }

    @Test func aClientWithoutARequestIsCutOffAfterItsHandshake() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.requestHeadTimeout = .milliseconds(200)
        try await withTLSServer(configuration) { server in
            let connection = try await RawConnection.open(port: server.port, tls: try server.client())
            #expect(await connection.isClosedByServer())
        }
    }

    @Test(arguments: [false, true])
    func aClientThatSendsNoMoreIsAnswered(isCut: Bool) async throws {
        let service = FakeService()
        try await withTLSServer(services: [service]) { server in
            let connection = try await RawConnection.open(port: server.port, staysOpen: true, tls: try server.client())
            try await connection.send(request("Kinesis_20131202.Wait", "late"))
            await service.gate.arrival()
            if isCut { try await connection.cutSending() } else { try await connection.finishSending() }
            service.gate.open()
            let response = try await connection.response()
            #expect(response.body == "late")
            #expect(await connection.isClosedByServer())
        }
    }

    /// A call that waits is answered when its client has gone, however it went.
    @Test(arguments: ["says so", "cuts", "closes"])
    func aWaitEndsWhenTheClientHasGone(how: String) async throws {
        let service = FakeService()
        service.gate.open()
        try await withTLSServer(services: [service]) { server in
            let connection = try await RawConnection.open(port: server.port, staysOpen: true, tls: try server.client())
            let header = "X-Weir-Wait-Milliseconds: 20000"
            try await connection.send(request("Kinesis_20131202.GetRecords", "waited", headers: [header]))
            await service.gate.arrival()
            switch how {
            case "says so": try await connection.finishSending()
            case "cuts": try await connection.cutSending()
            default: try await connection.close()
            }
            await service.gate.departure()
            if how != "closes" { #expect(try await connection.response().body == "waited") }
        }
    }

    @Test func aShutdownFinishesTheRequestInFlight() async throws {
        let service = FakeService()
        try await withTLSServer(services: [service]) { server in
            let tls = try server.client()
            let idle = try await RawConnection.open(port: server.port, tls: tls)
            try await idle.send(request(Self.echo, "x"))
            _ = try await idle.response()
            let busy = try await RawConnection.open(port: server.port, tls: tls)
            try await busy.send(request("Kinesis_20131202.Wait", "late", headers: ["Connection: close"]))
            await service.gate.arrival()
            service.gate.open()
            let response = try await busy.response()
            #expect(response.body == "late")
            #expect(response.headers["connection"] == "close")
            #expect(await busy.isClosedByServer())
        }
    }

    @Test func aNewCertificateIsForNewConnections() async throws {
        try await withTLSServer { server in
            let before = try await RawConnection.open(port: server.port, tls: try server.client())
            try await before.send(request(Self.echo, "1"))
            #expect(try await before.response().body == "1")

            let other = try TestCertificate()
            try other.write(certificate: server.certificatePath, key: server.keyPath)
            try server.certificate.reload()
            let trusting = try await RawConnection.open(port: server.port, tls: try server.client(trusting: other))
            try await trusting.send(request(Self.echo, "2"))
            #expect(try await trusting.response().body == "2")
            let refusing = try await RawConnection.open(port: server.port, tls: try server.client())
            #expect(await refusing.isClosedByServer())
            try await before.send(request(Self.echo, "3"))
            #expect(try await before.response().body == "3")

            // A certificate with the key of another changes nothing.
            let third = try TestCertificate()
            try third.write(certificate: server.certificatePath, key: server.certificatePath + ".key")
            #expect(throws: ServerError.self) { try server.certificate.reload() }
            let still = try await RawConnection.open(port: server.port, tls: try server.client(trusting: other))
            try await still.send(request(Self.echo, "4"))
            #expect(try await still.response().body == "4")
        }
    }
}
