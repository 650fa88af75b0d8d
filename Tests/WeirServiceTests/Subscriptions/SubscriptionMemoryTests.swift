import Testing
import WeirModel
import WeirWire

/// Subscriptions whose clients do not read, and the memory of answers.
@Suite(.timeLimit(.minutes(5))) struct SubscriptionMemoryTests {
    private let event = Limits.maximumSubscriptionEventSizeInBytes

    private func wait(until condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition(), ContinuousClock.now < deadline { await Task.yield() }
        try #require(condition())
    }

    @Test func eventsThatNobodyReadsHoldNoMoreThanThereIs() async throws {
        try await withSubscriptions { test in
            let memory = ReplyMemory(limit: 8 * event)
            try await test.append(bytes: event - 1)
            var consumers = [test.consumerARN]
            for number in 1..<20 { consumers.append(try await test.register("other\(number)")) }
            let (pieces, continuation) = AsyncStream.makeStream(of: ReplyPiece.self)
            for consumer in consumers {
                let subscription = try await test.subscribe(consumerARN: consumer, replies: memory)
                try await subscription.begin()
                // Nobody takes the event away.
                Task { if let piece = await subscription.stream.next() { continuation.yield(piece) } }
            }
            // Each has 4/3 MiB in JSON: five are less than 8 MiB, and so a sixth was made.
            try await wait { memory.waitingCount == consumers.count - 6 && memory.bytes < 8 * event + 10_000 }
            #expect(memory.bytes >= 8 * event)
            #expect(memory.bytes < 10 * event)
            // What is taken away makes room for the next ones, until all have theirs.
            var count = 0
            for await piece in pieces {
                #expect(piece.allowance != nil)
                #expect(memory.bytes < 10 * event)
                count += 1
                if count == consumers.count { break }
            }
            try await wait { memory.bytes == 0 }
        }
    }

    @Test func aSubscriptionThatWaitsForMemoryEnds() async throws {
        try await withSubscriptions { test in
            let memory = ReplyMemory(limit: 1)
            let held = memory.count(bytes: 1)
            try await test.append(bytes: 1)
            let subscription = try await test.subscribe(replies: memory)
            try await subscription.begin()
            async let piece = subscription.stream.next()
            try await wait { memory.waitingCount == 1 }
            subscription.stream.cancel()
            #expect(await piece?.bytes == nil)
            #expect(memory.waitingCount == 0)
            withExtendedLifetime(held) {}
        }
    }

    @Test func anEventHasNoMoreRecordsThanThereIsRoomFor() async throws {
        try await withSubscriptions { test in
            let least = Limits.minimumReplyRoomInBytes
            let memory = ReplyMemory(limit: 8 * event)
            let held = memory.count(bytes: 8 * event - 1)
            for _ in 0..<4 { try await test.append(bytes: least / 2) }
            let subscription = try await test.subscribe(replies: memory)
            try await subscription.begin()
            #expect(try await subscription.event().records.count == 1, "with their keys two are too many")
            #expect(memory.bytes == 8 * event - 1)
            withExtendedLifetime(held) {}
        }
    }
}
