import NIOCore
import Testing
import WeirMetrics
import WeirModel
import WeirRuntime
import WeirStore
import WeirTestTools
import WeirWire

@testable import WeirService

/// GetRecords calls that wait for records. The clock stands still unless a test moves it.
@Suite struct GetRecordsWaitTests {
    private func read(
        _ service: KinesisService,
        _ iterator: String,
        _ wait: CallWait,
        caller: (any ActionCaller)? = nil
    ) async throws(ServiceError) -> GetRecords.Response {
        var body = ByteBuffer()
        GetRecords.Request(shardIterator: iterator).write(to: &body, format: .json)
        let call = ActionCall(GetRecords.name, body: CallBody(body), format: .json, caller: caller, wait: wait)
        return try GetRecords.Response(wire: try await service.perform(call).message ?? ByteBuffer(), format: .json)
    }

    private func read(
        _ test: SubscriptionTest,
        _ iterator: String,
        _ wait: CallWait
    ) async throws(ServiceError) -> GetRecords.Response {
        try await read(test.test.service, iterator, wait)
    }

    private func texts(_ answer: GetRecords.Response) -> [String] { answer.records.map { String(buffer: $0.data) } }

    @Test func aCallWaitsForTheNextRecord() async throws {
        try await withSubscriptions(shards: 2) { test in
            var iterator = try await test.test.iterator("LATEST")
            for number in 0..<20 {
                let wait = CallWait(longest: .seconds(10))
                let place = iterator
                async let answer = read(test, place, wait)
                // The other shard's records wake nobody.
                try await test.test.put("other", explicit: "340282366920938463463374607431768211455")
                try await test.test.put("\(number)", explicit: "0")
                #expect(texts(try await answer) == ["\(number)"])
                #expect(wait.waited == .zero)
                iterator = try #require(try await answer.nextShardIterator)
            }
            #expect(test.test.service.readWaits.count == 0)
        }
    }

    @Test func aCallWithRecordsDoesNotWait() async throws {
        try await withSubscriptions { test in
            for text in ["a", "b"] { try await test.test.put(text) }
            let wait = CallWait(longest: .seconds(10))
            let iterator = try await test.test.iterator()
            #expect(texts(try await read(test, iterator, wait)) == ["a", "b"])
            #expect(wait.responseValue == "0")
            #expect(test.test.store.readCount == 1)
        }
    }

    @Test func theWaitEndsWithItsTime() async throws {
        try await withSubscriptions { test in
            let wait = CallWait(longest: .seconds(10))
            let iterator = try await test.test.iterator("LATEST")
            async let answer = read(test, iterator, wait)
            try await test.advance(seconds: 9)
            #expect(test.test.service.readWaits.count == 1)
            #expect(try await test.test.service.figures().readWaitCount == 1)
            try await test.advance(seconds: 1)
            let empty = try await answer
            #expect(empty.records.isEmpty && empty.millisBehindLatest == 0)
            #expect(wait.waited == .seconds(10))
            #expect(test.test.service.readWaits.count == 0)
            // The iterator is as old as the answer, not as the call.
            test.time.advance(seconds: Limits.shardIteratorLifetimeInSeconds - 5)
            try await test.test.put("later")
            #expect(texts(try await read(test, try #require(empty.nextShardIterator), wait)) == ["later"])
        }
    }

    @Test func theWaitEndsAtTheEndOfTheShard() async throws {
        try await withSubscriptions { test in
            let wait = CallWait(longest: .seconds(10))
            let iterator = try await test.test.iterator("LATEST")
            async let answer = read(test, iterator, wait)
            while test.test.service.readWaits.count == 0 { await Task.yield() }
            _ = try await test.test.call(
                SplitShard.self,
                .init(streamName: "s", shardToSplit: ShardID(0).description, newStartingHashKey: "5")
            )
            let end = try await answer
            #expect(end.nextShardIterator == nil)
            #expect(end.childShards?.map(\.shardID) == [ShardID(1).description, ShardID(2).description])
        }
    }

    @Test func theWaitEndsWithTheStream() async throws {
        try await withSubscriptions { test in
            let wait = CallWait(longest: .seconds(10))
            let iterator = try await test.test.iterator("LATEST")
            async let failure = #expect(throws: ServiceError.self) { try await read(test, iterator, wait) }
            while test.test.service.readWaits.count == 0 { await Task.yield() }
            _ = try await test.test.call(
                DeleteStream.self,
                .init(streamName: "s", enforceConsumerDeletion: true)
            )
            #expect(await failure?.code == .resourceNotFound)
            #expect(test.test.service.readWaits.count == 0)
        }
    }

    @Test func theWaitEndsWhenNobodyNeedsTheAnswerAndWhenTheServerStops() async throws {
        try await withSubscriptions { test in
            let iterator = try await test.test.iterator("LATEST")
            let first = CallWait(longest: .seconds(10))
            async let abandoned = read(test, iterator, first)
            while test.test.service.readWaits.count == 0 { await Task.yield() }
            first.cancel()
            #expect(try await abandoned.records.isEmpty)
            let second = CallWait(longest: .seconds(10))
            async let stopped = read(test, iterator, second)
            while test.test.service.readWaits.count == 0 { await Task.yield() }
            test.test.service.endReplyStreams()
            #expect(try await stopped.records.isEmpty)
            #expect(second.waited != nil)
            // From now on none waits.
            let third = CallWait(longest: .seconds(10))
            #expect(try await read(test, iterator, third).records.isEmpty)
            #expect(third.waited == nil)
        }
    }

    @Test func onlySoManyWait() async throws {
        try await withSubscriptions { test in
            let service = KinesisService(
                store: test.folder.streams,
                tokenKey: test.test.key,
                maximumReadWaitCount: 2,
                time: test.time,
                logger: quiet
            )
            let iterator = try await test.test.iterator("LATEST")
            async let first = read(service, iterator, CallWait(longest: .seconds(10)))
            async let second = read(service, iterator, CallWait(longest: .seconds(10)))
            while service.readWaits.count < 2 { await Task.yield() }
            // The next one is answered at once.
            let third = CallWait(longest: .seconds(10))
            #expect(try await read(service, iterator, third).records.isEmpty)
            #expect(third.responseValue == nil)
            try await test.test.put("a")
            #expect(try await [texts(first), texts(second)] == [["a"], ["a"]])
        }
    }

    @Test func whereTheLimitsOfAWSAreEnforcedNoCallWaits() async throws {
        try await withSubscriptions { test in
            let service = KinesisService(
                store: test.folder.streams,
                tokenKey: test.test.key,
                limits: .aws,
                time: test.time,
                logger: quiet
            )
            let wait = CallWait(longest: .seconds(10))
            let iterator = try await test.test.iterator("LATEST")
            #expect(try await read(service, iterator, wait).records.isEmpty)
            #expect(wait.waited == nil)
        }
    }

    @Test func aWaitIsNoPartOfTheLatency() async throws {
        try await withSubscriptions { test in
            let iterator = try await test.test.iterator("LATEST")
            async let answer = read(test, iterator, CallWait(longest: .seconds(10)))
            try await test.advance(seconds: 7)
            try await test.test.put("a")
            #expect(texts(try await answer) == ["a"])
            let counts = try #require(try await test.test.service.figures().streams.first?.counts)
            #expect(counts.getRecords.successes == 1)
            #expect(counts.getRecords.latency.sum == 0)
        }
    }

    @Test func whoMayNotReadDoesNotWait() async throws {
        struct Nobody: ActionCaller {
            let arn = "arn:aws:iam::000000000000:user/nobody"
            func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError) {
                throw ServiceError(.accessDenied, "\(action) on \(resource)")
            }
        }
        try await withSubscriptions { test in
            let iterator = try await test.test.iterator("LATEST")
            let error = await #expect(throws: ServiceError.self) {
                try await read(test.test.service, iterator, CallWait(longest: .seconds(10)), caller: Nobody())
            }
            #expect(error?.code == .accessDenied)
            #expect(test.test.service.readWaits.count == 0)
        }
    }
}
