import NIOCore
import Testing
import WeirAccess
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

@testable import WeirServer

@Suite struct CompressedBodyTests {
    private static let echo = "Kinesis_20131202.Echo"
    private static let size = "Kinesis_20131202.Size"

    private func answer(
        _ port: Int,
        _ target: String,
        _ body: ByteBuffer,
        encoding: String = "gzip"
    ) async throws -> RawResponse {
        let length = "Content-Length: \(body.readableBytes)"
        let head = request(target, "", headers: ["Content-Encoding: \(encoding)"])
        var bytes = ByteBuffer(string: head.replacing("Content-Length: 0", with: length))
        bytes.writeImmutableBuffer(body)
        let connection = try await RawConnection.open(port: port)
        try await connection.send(bytes)
        let response = try await connection.response()
        try await connection.close()
        return response
    }

    @Test(arguments: ["gzip", "GZIP", "x-gzip", "identity, gzip"])
    func aCompressedBodyIsUnpacked(encoding: String) async throws {
        try await withServer { port in
            let response = try await answer(port, Self.echo, gzip(#"{"a":1}"#), encoding: encoding)
            #expect(response.status == 200)
            #expect(response.body == #"{"a":1}"#)
        }
    }

    @Test func soItIsOverHTTP2() async throws {
        try await withServer { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            try await connection.send(
                try connection.head(1, Self.echo, headers: [("content-encoding", "gzip")]),
                RawHTTP2Connection.data(1, gzip("two"))
            )
            #expect(try await connection.response(1).text == "two")
        }
    }

    @Test(arguments: ["br", "deflate", "gzip, gzip"])
    func anotherEncodingIsRefused(encoding: String) async throws {
        try await withServer { port in
            let response = try await answer(port, Self.echo, gzip("{}"), encoding: encoding)
            #expect(response.status == 400)
            #expect(response.body.contains("SerializationException"))
            #expect(response.body.contains("'\(encoding)' is not supported"))
        }
    }

    @Test func whatIsNotGzipIsRefused() async throws {
        try await withServer { port in
            let response = try await answer(port, Self.echo, ByteBuffer(string: "{}"))
            #expect(response.status == 400)
            #expect(response.body.contains("is not what gzip makes"))
        }
    }

    @Test func aBodyIsMeasuredAfterItWasUnpacked() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.maximumRequestBodySizeInBytes = 100_000
        try await withServer(configuration) { port in
            let largest = try await answer(port, Self.size, gzip(ByteBuffer(repeating: 120, count: 100_000)))
            #expect(largest.body == "100000")
            let larger = try await answer(port, Self.size, gzip(ByteBuffer(repeating: 120, count: 100_001)))
            #expect(larger.status == 413)
            #expect(larger.body.contains("RequestEntityTooLarge"))
            #expect(larger.body.contains("larger than 100000 bytes"))
            // Sixty-four megabytes in as many kilobytes.
            let bomb = gzip(ByteBuffer(repeating: 0, count: 64 << 20))
            #expect(bomb.readableBytes < 100_000)
            #expect(try await answer(port, Self.size, bomb).status == 413)
        }
    }

    @Test func theSignatureCoversTheBytesAsTheyWereSent() async throws {
        let access = AccessControl(AccessTests.file, account: "000000000000")
        try await withRegionalServer(access: access) { port in
            let packed = gzip(#"{"StreamName":"s","ShardCount":1}"#)
            func signed(_ hashed: ByteBuffer) -> ByteBuffer {
                let target = "Kinesis_20131202.CreateStream"
                let headers = [
                    (name: "host", value: "localhost"), (name: "x-amz-target", value: target),
                    (name: "content-encoding", value: "gzip"),
                ]
                let added = RequestSigner(region: "us-east-1", service: "kinesis").headers(
                    signing: SignableRequest(
                        method: "POST",
                        path: "/",
                        headers: headers,
                        payloadHash: PayloadHash(of: Array(hashed.readableBytesView))
                    ),
                    credentials: AccessTests.admin,
                    time: SigningTime(millisecondsSinceEpoch: SystemTime().wallMilliseconds)
                )
                let lines = added.map { "\($0.name): \($0.value)" } + ["Content-Encoding: gzip"]
                let length = "Content-Length: \(packed.readableBytes)"
                let head = request(target, "", headers: lines).replacing("Content-Length: 0", with: length)
                var bytes = ByteBuffer(string: head)
                bytes.writeImmutableBuffer(packed)
                return bytes
            }
            for (hashed, status) in [(packed, 200), (ByteBuffer(string: "{}"), 400)] {
                let connection = try await RawConnection.open(port: port)
                try await connection.send(signed(hashed))
                #expect(try await connection.response().status == status)
            }
        }
    }

    @Test func aFullServerUnpacksSmallBodiesAlone() async throws {
        let budget = BodyBudget(serverLimit: 10, connectionLimit: 10)
        let large = Limits.uncountedBodySizeInBytes + 1
        let unpacker = BodyUnpacker(maximumBytes: 2 * large, budget: budget)
        func sent(_ body: ByteBuffer) -> ServerRequest {
            ServerRequest(method: "POST", uri: "/", headers: ["content-encoding": "gzip"], body: body)
        }
        do {
            let body = try await unpacker.unpack(sent(gzip("0123456789")))
            #expect(budget.bytes == 10)
            #expect(try await unpacker.unpack(sent(gzip("x"))).content.bytes == ByteBuffer(string: "x"))
            let limit = gzip(ByteBuffer(repeating: 120, count: large - 1))
            #expect(try await unpacker.unpack(sent(limit)).content.size == large - 1)
            // One that becomes large, and one that is.
            for packed in [gzip(ByteBuffer(repeating: 120, count: large)), ByteBuffer(repeating: 120, count: large)] {
                let refusal = await #expect(throws: ServiceError.self) { try await unpacker.unpack(sent(packed)) }
                #expect(refusal?.code == .serviceUnavailable)
            }
            #expect(body.content.size == 10)
        }
        #expect(budget.bytes == 0)
        let packed = gzip(ByteBuffer(repeating: 120, count: large))
        #expect(try await unpacker.unpack(sent(packed)).content.size == large)
    }
}
