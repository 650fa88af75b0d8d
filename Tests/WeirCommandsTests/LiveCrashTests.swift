import FoundationEssentials
import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirModel
import WeirProcess
import WeirTesting
import WeirWire

/// kill -9 of the real server in the middle of puts.
@Suite(.timeLimit(.minutes(15))) struct LiveCrashTests {
    /// Counts over all writers of a round.
    final class Counter: Sendable {
        private let value = Mutex(0)

        func increment() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    /// What was acknowledged: the number of each put by writer, in order, and its sequence number.
    struct Acknowledged: Sendable {
        var byWriter: [String: [(number: Int, shardID: String, sequenceNumber: SequenceNumber)]] = [:]
    }

    static let rounds = 10
    static let writers = 8
    static let putsPerRound = 150

    @Test func whatWasAcknowledgedSurvivesTenKills() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        var acknowledged = Acknowledged()
        for round in 0..<Self.rounds {
            let before = acknowledged
            let (after, termination) = try await LiveServer.withServer(
                executable: ScratchFolder.weirExecutable,
                data: folder.path + "/data",
                arguments: ["--create", "crash:3"]
            ) { server in
                try await Self.withClient(server) { client in
                    try await Self.expectAll(before, client)
                    return await Self.put(round: round, client, server, before)
                }
            }
            acknowledged = after
            #expect(termination == .signaled(9))
        }
        let expected = acknowledged
        let (_, termination) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: folder.path + "/data"
        ) { server in
            try await Self.withClient(server) { client in
                try await Self.expectAll(expected, client)
                return expected
            }
        }
        #expect(termination == .exited(0))
        let total = acknowledged.byWriter.values.reduce(0) { $0 + $1.count }
        #expect(total >= Self.rounds * Self.putsPerRound)
    }

    /// Every writer puts numbered records under its own key until the server, killed in the middle, answers no more.
    private static func put(
        round: Int,
        _ client: KinesisClient,
        _ server: LiveServer,
        _ before: Acknowledged
    ) async -> Acknowledged {
        let count = Counter()
        return await withTaskGroup(
            of: [(String, Int, PutRecord.Response)].self,
            returning: Acknowledged.self
        ) { group in
            for writer in 0..<writers {
                group.addTask {
                    let key = "writer-\(writer)"
                    var done: [(String, Int, PutRecord.Response)] = []
                    for number in (round * 1_000_000)... {
                        let request = PutRecord.Request(
                            streamName: "crash",
                            data: ByteBuffer(string: "\(key) \(number)"),
                            partitionKey: key
                        )
                        do { done.append((key, number, try await client.call(PutRecord.self, request))) } catch {
                            break
                        }
                        if count.increment() == putsPerRound { server.process.send(.kill) }
                    }
                    return done
                }
            }
            var acknowledged = before
            for await done in group {
                for (key, number, answer) in done {
                    guard let sequenceNumber = SequenceNumber(answer.sequenceNumber) else { continue }
                    acknowledged.byWriter[key, default: []].append((number, answer.shardID, sequenceNumber))
                }
            }
            return acknowledged
        }
    }

    /// Reads everything: each acknowledged record is there once under its number, each writer's records are in the order
    /// of its puts, and nothing is there twice.
    private static func expectAll(_ acknowledged: Acknowledged, _ client: KinesisClient) async throws {
        var read: [String: [(number: Int, sequenceNumber: SequenceNumber)]] = [:]
        for shard in try await client.call(ListShards.self, .init(streamName: "crash")).shards {
            var last: SequenceNumber?
            for record in try await records(of: shard.shardID, client) {
                let sequenceNumber = try #require(SequenceNumber(record.sequenceNumber))
                #expect(last.map { $0 < sequenceNumber } ?? true, "sequence numbers only grow")
                last = sequenceNumber
                let words = String(buffer: record.data).split(separator: " ")
                try #require(words.count == 2 && words[0] == record.partitionKey)
                read[record.partitionKey, default: []].append((try #require(Int(words[1])), sequenceNumber))
            }
        }
        for (key, puts) in acknowledged.byWriter {
            let found = read[key] ?? []
            #expect(found.map(\.number) == found.map(\.number).sorted(), "\(key) is in order")
            let byNumber = Dictionary(grouping: found, by: \.number)
            #expect(byNumber.values.allSatisfy { $0.count == 1 }, "\(key) has every record once")
            for put in puts {
                #expect(byNumber[put.number]?.first?.sequenceNumber == put.sequenceNumber, "\(key) lost \(put.number)")
            }
        }
    }

    private static func records(of shardID: String, _ client: KinesisClient) async throws -> [Record] {
        var iterator = try await client.call(
            GetShardIterator.self,
            .init(streamName: "crash", shardID: shardID, shardIteratorType: "TRIM_HORIZON")
        ).shardIterator
        var records: [Record] = []
        while let current = iterator {
            let answer = try await client.call(GetRecords.self, .init(shardIterator: current))
            records += answer.records
            iterator = answer.nextShardIterator
            if answer.records.isEmpty, answer.millisBehindLatest == 0 { break }
        }
        return records
    }

    private static func withClient(
        _ server: LiveServer,
        _ body: @Sendable (KinesisClient) async throws -> Acknowledged
    ) async throws -> Acknowledged {
        var configuration = ClientConfiguration(endpoint: server.endpoint, region: "us-east-1", credentials: .anonymous)
        // One attempt: a put whose answer was lost must not be put again.
        configuration.retryPolicy.maximumAttempts = 1
        return try await withKinesisClient(
            configuration,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { client in try await body(client) }
    }
}
