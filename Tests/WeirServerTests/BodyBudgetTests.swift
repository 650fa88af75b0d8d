import NIOCore
import Testing
import WeirModel

@testable import WeirServer

/// Large bodies, over connections.
@Suite struct BodyBudgetTests {
    private static let size = "Kinesis_20131202.Size"

    private static func configuration(memory: Int) -> WeirServer.Configuration {
        var configuration = WeirServer.Configuration.test
        configuration.maximumBodyMemoryInBytes = memory
        return configuration
    }

    @Test(arguments: [1, Limits.maximumBodyMemoryInBytes])
    func theLargestBodyGoesThrough(memory: Int) async throws {
        try await withServer(Self.configuration(memory: memory)) { port in
            let body = String(repeating: "x", count: Limits.maximumRequestBodySizeInBytes)
            let first = try await RawConnection.open(port: port)
            try await first.send(request(Self.size, body))
            #expect(try await first.response().body == "16777216")
            let second = try await RawHTTP2Connection.open(port: port)
            try await send([1], of: body.utf8.count, on: second)
            #expect(try await second.response(1).text == "16777216")
        }
    }

    /// Sends bodies of many streams in turns, as far as the windows allow.
    private func send(_ streams: [Int], of count: Int, on connection: RawHTTP2Connection) async throws {
        var windows: [Int: Int] = [0: 65_535]
        var missing: [Int: Int] = [:]
        for stream in streams {
            try await connection.send(try connection.head(stream, Self.size))
            windows[stream] = Limits.streamWindowSizeInBytes
            missing[stream] = count
        }
        // The windows hold once the settings have come in.
        _ = try await connection.frame(.settings)
        while !missing.isEmpty {
            var isStuck = true
            for (stream, rest) in missing.sorted(by: { $0.key < $1.key }) {
                let part = min(rest, 16 << 10, windows[stream] ?? 0, windows[0] ?? 0)
                guard part > 0 else { continue }
                isStuck = false
                windows[stream]? -= part
                windows[0]? -= part
                missing[stream] = rest == part ? nil : rest - part
                let bytes = ByteBuffer(repeating: 120, count: part)
                try await connection.send(RawHTTP2Connection.data(stream, bytes, ends: rest == part))
            }
            guard isStuck else { continue }
            let update = try await connection.frame(.windowUpdate)
            windows[update.stream, default: 0] += update.number
        }
    }

    /// Sends bodies that never end, of each stream about so much at most, as far as the windows allow. Returns how much
    /// of each.
    private func fill(
        _ streams: [(id: Int, most: Int)],
        on connection: RawHTTP2Connection
    ) async throws -> [Int: Int] {
        var windows: [Int: Int] = [0: 65_535]
        _ = try await connection.frame(.settings)
        for stream in streams {
            try await connection.send(try connection.head(stream.id, Self.size))
            windows[stream.id] = Limits.streamWindowSizeInBytes
        }
        var sent: [Int: Int] = [:]
        var isStuck = false
        while !isStuck {
            isStuck = true
            for stream in streams where sent[stream.id, default: 0] < stream.most {
                let part = min(16 << 10, windows[stream.id] ?? 0, windows[0] ?? 0)
                guard part > 0 else { continue }
                isStuck = false
                windows[stream.id]? -= part
                windows[0]? -= part
                sent[stream.id, default: 0] += part
                let bytes = ByteBuffer(repeating: 120, count: part)
                try await connection.send(RawHTTP2Connection.data(stream.id, bytes, ends: false))
            }
            // What the server grants has come when it answers a ping.
            try await connection.send(RawHTTP2Connection.ping(1))
            while case let frame = try await connection.frame(), frame.kind != .ping {
                guard frame.kind == .windowUpdate else { continue }
                windows[frame.stream, default: 0] += frame.number
                isStuck = false
            }
        }
        return sent
    }

    @Test func smallBodiesCountWhereThereAreMany() async throws {
        var configuration = Self.configuration(memory: 64 << 20)
        configuration.maximumConnectionBodyMemoryInBytes = 256 << 10
        try await withServer(configuration) { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            // None of them is large enough to be counted alone; together they leave no room for the last one.
            let small = (0..<20).map { (id: 2 * $0 + 1, most: 48 << 10) }
            let sent = try await fill(small + [(id: 41, most: 4 << 20)], on: connection)
            for body in small {
                #expect(body.most...Limits.uncountedBodySizeInBytes ~= sent[body.id, default: 0])
            }
            #expect(sent[41, default: 0] <= 2 * Limits.streamWindowSizeInBytes)
            try await connection.connection.close()
        }
    }

    @Test func aConnectionCannotHoldMoreThanItsShare() async throws {
        let limit = 1 << 20
        // The limit of the server is far away.
        var configuration = Self.configuration(memory: 64 * limit)
        configuration.maximumConnectionBodyMemoryInBytes = limit
        try await withServer(configuration) { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            let window = Limits.streamWindowSizeInBytes
            let streams = (0..<20).map { 2 * $0 + 1 }
            // The first one stops early, and so keeps the right to go on alone.
            let sent = try await fill(streams.map { ($0, most: $0 == 1 ? 100_000 : .max) }, on: connection)
            let total = sent.values.reduce(0, +)
            // A body may have memory for twice as many bytes as it has.
            #expect(total >= limit / Limits.bodyMemoryFactor / 2)
            #expect(total <= limit / Limits.bodyMemoryFactor + streams.count * 2 * window)
            try await connection.connection.close()
        }
    }

    @Test func noBodyIsReadOnWhileARequestUnderWayHoldsTheMemory() async throws {
        let gate = Gate()
        try await withServer(Self.configuration(memory: 1 << 20), services: [FakeService(gate: gate)]) { port in
            let first = try await RawConnection.open(port: port)
            try await first.send(request("Kinesis_20131202.Wait", String(repeating: "x", count: 1 << 20)))
            await gate.arrival()
            let second = try await RawHTTP2Connection.open(port: port)
            let sent = try await fill([(id: 1, most: 8 << 20)], on: second)
            #expect(sent[1, default: 0] <= 2 * Limits.streamWindowSizeInBytes)
            gate.open()
            #expect(try await first.response().status == 200)
            try await second.connection.close()
            // What the one that has gone had is free.
            let third = try await RawHTTP2Connection.open(port: port)
            try await send([1], of: 2 << 20, on: third)
            #expect(try await third.response(1).text == "2097152")
        }
    }

    @Test func manyLargeBodiesOfOneConnectionAllSucceed() async throws {
        try await withServer(Self.configuration(memory: 1 << 20)) { port in
            let connection = try await RawHTTP2Connection.open(port: port)
            let streams = (0..<20).map { 2 * $0 + 1 }
            try await send(streams, of: 1 << 20, on: connection)
            for stream in streams { #expect(try await connection.response(stream).text == "1048576") }
        }
    }

    @Test func manyLargeBodiesOfManyConnectionsAllSucceed() async throws {
        try await withServer(Self.configuration(memory: 1 << 20)) { port in
            try await withThrowingTaskGroup { group in
                for _ in 0..<12 {
                    group.addTask {
                        let connection = try await RawConnection.open(port: port)
                        try await connection.send(request(Self.size, String(repeating: "x", count: 2 << 20)))
                        return try await connection.response().body
                    }
                }
                for try await body in group { #expect(body == "2097152") }
            }
        }
    }

    @Test func anAllowanceIsGivenBack() async {
        let budget = BodyBudget(serverLimit: 100, connectionLimit: 50)
        let connection = FakeStream()
        let (resumed, continuation) = AsyncStream.makeStream(of: Int.self)
        var first: BodyAllowance? = budget.begin(on: connection) { continuation.yield(1) }
        let second = budget.begin(on: connection) { continuation.yield(2) }
        first?.arrived(bytes: 50)
        #expect(!second.mayRead)
        first = nil
        var iterator = resumed.makeAsyncIterator()
        #expect(await iterator.next() == 2)
        #expect(second.mayRead)
        #expect(budget.bytes == 0)
    }
}
