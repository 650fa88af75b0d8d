import NIOCore
import NIOHPACK
import Testing
import WeirAccess
import WeirBytes
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

@testable import WeirServer

/// GetRecords calls that wait for records, over both versions of HTTP.
@Suite struct ReadWaitTests {
    private static let header = "x-weir-wait-milliseconds: 20000"
    private static let stream = #"{"StreamName":"s","ShardCount":1}"#

    private static func call(_ action: String, _ body: String, headers: [String] = []) -> String {
        request("Kinesis_20131202.\(action)", body, headers: headers)
    }

    /// The latest place of the stream's shard.
    private func latest(_ port: Int) async throws -> String {
        #expect(try await answer(port, Self.call("CreateStream", Self.stream)).status == 200)
        let place = #"{"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST"}"#
        let found = try await answer(port, Self.call("GetShardIterator", place)).body
        return String(try #require(found.firstMatch(of: /"ShardIterator":"([^"]+)"/)).output.1)
    }

    private func put(_ port: Int) async throws {
        let record = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
        #expect(try await answer(port, Self.call("PutRecord", record)).status == 200)
    }

    private static func read(_ iterator: String, headers: [String] = [header]) -> String {
        call("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#, headers: headers)
    }

    /// Waits until so many calls wait, as the metrics show it.
    private func waiting(_ count: Int, _ port: Int, headers: [String] = []) async throws {
        let page = request(nil, "", method: "GET", path: "/metrics", headers: headers)
        let line = #"weir_waiting_reads{region="us-east-1"} \#(count)"#
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !answer(port, page).body.contains(line) {
            try #require(ContinuousClock.now < deadline, "\(line)")
        }
    }

    @Test func aRecordEndsTheWait() async throws {
        try await withRegionalServer { port in
            let iterator = try await latest(port)
            let connection = try await RawConnection.open(port: port)
            try await connection.send(Self.read(iterator))
            try await waiting(1, port)
            try await put(port)
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(response.body.contains("bGF0ZXI="))
            #expect(try #require(response.headers["x-weir-waited-milliseconds"].flatMap { Int($0) }) > 0)
            try await waiting(0, port)
            // The connection goes on.
            try await connection.send(Self.read(iterator))
            let next = try await connection.response()
            #expect(next.body.contains("bGF0ZXI="))
            #expect(next.headers["x-weir-waited-milliseconds"] != nil)
        }
    }

    @Test func withoutTheHeaderNothingWaitsNorSaysSo() async throws {
        try await withRegionalServer { port in
            let iterator = try await latest(port)
            for headers in [[], ["x-weir-wait-milliseconds: 0"], ["x-weir-wait-milliseconds: soon"]] {
                let response = try await answer(port, Self.read(iterator, headers: headers))
                #expect(response.status == 200)
                #expect(response.body.contains(#""Records":[]"#))
                #expect(response.headers["x-weir-waited-milliseconds"] == nil)
            }
            // Other actions know nothing of it.
            let list = try await answer(port, Self.call("ListStreams", "{}", headers: [Self.header]))
            #expect(list.status == 200 && list.headers["x-weir-waited-milliseconds"] == nil)
        }
    }

    @Test func aRecordEndsTheWaitsOfManyStreamsOfHTTP2() async throws {
        try await withRegionalServer { port in
            let iterator = try await latest(port)
            let connection = try await RawHTTP2Connection.open(port: port)
            for number in 0..<20 { try await read(iterator, stream: 2 * number + 1, connection) }
            try await waiting(20, port)
            // One is reset meanwhile.
            try await connection.send(RawHTTP2Connection.reset(1))
            try await waiting(19, port)
            try await put(port)
            for number in 1..<20 {
                let response = try await connection.response(2 * number + 1)
                #expect(response.status == 200)
                #expect(response.text.contains("bGF0ZXI="))
                #expect(response.headers.first(name: "x-weir-waited-milliseconds") != nil)
            }
            try await waiting(0, port)
        }
    }

    private func read(_ iterator: String, stream: Int, _ connection: RawHTTP2Connection) async throws {
        let wait = [("x-weir-wait-milliseconds", "20000")]
        try await connection.send(
            try connection.head(stream, "Kinesis_20131202.GetRecords", headers: wait),
            RawHTTP2Connection.data(stream, ByteBuffer(string: #"{"ShardIterator":"\#(iterator)"}"#))
        )
    }

    /// Nobody is left who waits when a client has gone, whichever way.
    @Test(arguments: [false, true]) func theWaitEndsWhenTheClientHasGone(onlySendsNoMore: Bool) async throws {
        try await withRegionalServer { port in
            let iterator = try await latest(port)
            let connection = try await RawConnection.open(port: port, staysOpen: true)
            try await connection.send(Self.read(iterator))
            try await waiting(1, port)
            if onlySendsNoMore {
                try await connection.finishSending()
                // It may read on, and is answered at once.
                #expect(try await connection.response().body.contains(#""Records":[]"#))
            } else {
                try await connection.close()
            }
            try await waiting(0, port)
        }
    }

    @Test func theWaitEndsWhenAnHTTP2ClientHasGone() async throws {
        try await withRegionalServer { port in
            let iterator = try await latest(port)
            let connection = try await RawHTTP2Connection.open(port: port, staysOpen: true)
            try await read(iterator, stream: 1, connection)
            try await waiting(1, port)
            try await connection.finishSending()
            #expect(try await connection.response(1).text.contains(#""Records":[]"#))
            try await waiting(0, port)
        }
    }

    @Test func theWaitEndsWhenTheServerStops() async throws {
        try await withServerFolder { path in
            var read: RawConnection?
            try await withRegionalServer(access: nil, path: path) { port in
                let iterator = try await latest(port)
                let connection = try await RawConnection.open(port: port)
                try await connection.send(Self.read(iterator))
                try await waiting(1, port)
                read = connection
            }
            let response = try await #require(read).response()
            #expect(response.body.contains(#""Records":[]"#))
        }
    }

    @Test func whoMayNoMoreReadGetsNothing() async throws {
        let admin = AccessTests.file.accessKeys[1]
        let key = Credentials(accessKeyID: "READER", secretAccessKey: "0123456789abcdef")
        let policy = AccessPolicy([.init(effect: .allow, actions: ["kinesis:*"], resources: ["stream/s"])])
        let both = CredentialsFile(accessKeys: [admin, AccessKey(credentials: key, user: "reader", policy: policy)])
        let access = AccessControl(both, account: "000000000000")
        var configuration = WeirServer.Configuration.test
        configuration.metricsToken = MetricsToken("0123456789abcdef")
        try await withRegionalServer(configuration, access: access) { port in
            func signed(_ action: String, _ body: String, _ credentials: Credentials? = nil) -> String {
                signedRequest("Kinesis_20131202.\(action)", body, credentials: credentials ?? key)
            }
            #expect(try await answer(port, signed("CreateStream", Self.stream)).status == 200)
            let place = #"{"StreamName":"s","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST"}"#
            let found = try await answer(port, signed("GetShardIterator", place)).body
            let iterator = try #require(found.firstMatch(of: /"ShardIterator":"([^"]+)"/)).output.1
            let read = signed("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
            let connection = try await RawConnection.open(port: port)
            try await connection.send(
                read.replacing("\r\n\r\n", with: "\r\n\(Self.header)\r\n\r\n", maxReplacements: 1)
            )
            try await waiting(1, port, headers: ["authorization: Bearer 0123456789abcdef"])
            access.replaceKeys(by: CredentialsFile(accessKeys: [admin]))
            let record = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
            #expect(try await answer(port, signed("PutRecord", record, admin.credentials)).status == 200)
            let response = try await connection.response()
            #expect(response.status == 400)
            #expect(response.body.contains("AccessDeniedException") && !response.body.contains("bGF0ZXI="))
        }
    }

    @Test func theAccessLogTellsTheWaitFromTheWork() async throws {
        try await withServerFolder { folder in
            try SystemFileSystem().makeDirectory(folder)
            let path = "\(folder)/access.log"
            let log = try AccessLog(path: path, logger: quiet)
            try await withRegionalServer(access: nil, accessLog: log, path: "\(folder)/data") { port in
                let iterator = try await latest(port)
                let read = Self.read(iterator, headers: ["x-weir-wait-milliseconds: 300"])
                #expect(try await answer(port, read).headers["x-weir-waited-milliseconds"] != nil)
            }
            await log.close()
            let file = try SystemFileSystem().open(path, .read)
            var content = ByteBuffer()
            _ = try file.read(Int(try file.size()), at: 0, into: &content)
            let lines = String(buffer: content).split(separator: "\n")
            let line = try #require(lines.first { $0.contains("GetRecords") })
            let waited = try #require(line.firstMatch(of: /"waitedMicroseconds":(\d+)/).flatMap { Int($0.output.1) })
            #expect(waited >= 300_000)
            #expect(lines.count { $0.contains("waitedMicroseconds") } == 1)
        }
    }
}
