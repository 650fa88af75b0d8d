import NIOCore
import Testing
import WeirAccess
import WeirBytes
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

@testable import WeirServer

@Suite struct AccessLogTests {
    private func read(_ path: String) throws -> [[String: WireValue]] {
        let file = try SystemFileSystem().open(path, .read)
        var content = ByteBuffer()
        _ = try file.read(Int(try file.size()), at: 0, into: &content)
        return try String(buffer: content).split(separator: "\n").map { line in
            guard case .map(let map) = try WireValue(json: ByteBuffer(substring: line)) else {
                Issue.record("\(line) is no object")
                return [:]
            }
            return Dictionary(map.members.map { ($0.name, $0.value) }) { first, _ in first }
        }
    }

    @Test func everyRequestHasALine() async throws {
        try await withServerFolder { folder in
            try SystemFileSystem().makeDirectory(folder)
            let path = "\(folder)/access.log"
            let log = try AccessLog(path: path, logger: quiet)
            let access = AccessControl(AccessTests.file, account: "000000000000")
            try await withRegionalServer(access: access, accessLog: log) { port in
                _ = try await answer(port, request(nil, "", method: "GET", path: "/health?X-Amz-Signature=secret"))
                let list = signedRequest(
                    "Kinesis_20131202.ListStreams",
                    region: "eu-west-1",
                    credentials: AccessTests.producer
                )
                _ = try await answer(port, list)
                let connection = try await RawConnection.open(port: port)
                try await connection.send("this is no HTTP\r\n\r\n")
                #expect(try await connection.response().status == 400)
            }
            await log.close()
            let lines = try read(path)
            try #require(lines.count == 3)
            #expect(lines[2]["status"] == .integer(400))
            #expect(lines[2]["error"] == .string("BadRequest"))
            #expect(lines[0]["method"] == .string("GET"))
            #expect(lines[0]["path"] == .string("/health"))
            #expect(lines[0]["status"] == .integer(200))
            #expect(lines[0]["responseBytes"] == .integer(15))
            #expect(lines[0]["user"] == nil)
            #expect(lines[0]["error"] == nil)
            #expect(lines[1]["user"] == .string("producer"))
            #expect(lines[1]["region"] == .string("eu-west-1"))
            #expect(lines[1]["target"] == .string("Kinesis_20131202.ListStreams"))
            #expect(lines[1]["status"] == .integer(400))
            #expect(lines[1]["error"] == .string("AccessDeniedException"))
            #expect(lines[1]["requestBytes"] == .integer(2))
            guard case .string(let remote)? = lines[1]["remote"], case .string(let time)? = lines[1]["time"] else {
                Issue.record("no address or no time")
                return
            }
            #expect(remote.hasPrefix("127.0.0.1:"))
            #expect(time.utf8.count == 24 && time.hasSuffix("Z"))
        }
    }

    private func entry(_ number: Int) -> AccessLogEntry {
        AccessLogEntry(
            time: 1_772_323_199_007,
            requestID: "\(number)",
            method: "POST",
            path: "/\u{1}\"\n",
            status: 200,
            requestBytes: 1,
            responseBytes: 2,
            microseconds: 3
        )
    }

    @Test func aLongTextIsCutByBytes() {
        var buffer = ByteBuffer()
        var entry = entry(1)
        // One character of very many bytes.
        entry.path = "e" + String(repeating: "\u{301}", count: 10_000)
        entry.write(to: &buffer)
        #expect(buffer.readableBytes < 2000)
    }

    @Test func aLineIsOneLine() {
        var buffer = ByteBuffer()
        entry(1).write(to: &buffer)
        #expect(
            String(buffer: buffer) == #"{"time":"2026-02-28T23:59:59.007Z","requestId":"1","method":"POST","#
                + #""path":"/\u0001\"\n","status":200,"requestBytes":1,"responseBytes":2,"microseconds":3}"# + "\n"
        )
    }

    @Test func aLongTextIsCut() {
        var long = entry(1)
        long.target = String(repeating: "é", count: 1000)
        var buffer = ByteBuffer()
        long.write(to: &buffer)
        // 256 bytes.
        #expect(String(buffer: buffer).contains(#""target":"\#(String(repeating: "é", count: 128))""#))
    }

    @Test func afterARenameTheFileIsMadeAnew() async throws {
        try await withServerFolder { folder in
            let files = SystemFileSystem()
            try files.makeDirectory(folder)
            let path = "\(folder)/access.log"
            let log = try AccessLog(path: path, logger: quiet)
            for number in 0..<100 { log.write(entry(number)) }
            // Until the lines are in the file: only then does the name matter. A part of one may be there, which cannot be read.
            let deadline = ContinuousClock.now + .seconds(60)
            while (try? read(path).count) ?? 0 < 100, .now < deadline { await Task.yield() }
            try files.rename(path, to: "\(path).1")
            log.reopen()
            log.write(entry(100))
            await log.close()
            log.write(entry(101))
            #expect(try read("\(path).1").compactMap { $0["requestId"] } == (0..<100).map { .string("\($0)") })
            #expect(try read(path).compactMap { $0["requestId"] } == [.string("100")])
        }
    }

    @Test func linesOfManyThreadsDoNotMix() async throws {
        try await withServerFolder { folder in
            try SystemFileSystem().makeDirectory(folder)
            let path = "\(folder)/access.log"
            let log = try AccessLog(path: path, logger: quiet)
            await withTaskGroup { group in
                for task in 0..<8 {
                    group.addTask { for number in 0..<500 { log.write(entry(task * 500 + number)) } }
                }
            }
            await log.close()
            let lines = try read(path)
            #expect(lines.count == 4000)
            #expect(Set(lines.compactMap { $0["requestId"] }).count == 4000)
        }
    }

    @Test func whatCannotBeOpenedIsTold() {
        #expect(throws: FileError.self) { try AccessLog(path: "/nowhere/access.log", logger: quiet) }
    }
}
