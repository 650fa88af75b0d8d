import NIOCore
import Testing
import WeirModel
import WeirService
import WeirStore
import WeirTestTools
import WeirWire

/// How subscriptions end before their time, and who may subscribe.
@Suite struct SubscriptionEndTests {
    private let taken = """
        Another active subscription exists for this consumer: 000000000000:s:shardId-000000000000:c
        """

    /// A subscription that waits for records.
    private func waiting(
        _ test: SubscriptionTest,
        _ body: (Subscription) async throws -> Void
    ) async throws -> SubscriptionMessage? {
        let subscription = try await test.subscribe("LATEST")
        try await subscription.begin()
        _ = try await subscription.event()
        async let next = subscription.next()
        // It sleeps until the next empty event.
        try await test.advance(seconds: 0)
        try await body(subscription)
        var message = try await next
        // Where the body lets time pass, the empty event that is due may have come first.
        if case .event(let event)? = message, event.records.isEmpty { message = try await subscription.next() }
        if message != nil { #expect(try await subscription.next() == nil) }
        return message
    }

    private func error(_ message: SubscriptionMessage?) -> ServiceError? {
        guard case .exception(let error)? = message else { return nil }
        return error
    }

    @Test func aSecondCallWithinFiveSecondsIsRefused() async throws {
        try await withSubscriptions(shards: 2) { test in
            let first = try await test.subscribe()
            #expect(await test.refusal()?.code == .resourceInUse)
            #expect(await test.refusal()?.message == taken)
            // Another shard, or another consumer, does not matter.
            #expect(await test.refusal(shard: 1) == nil)
            let other = try await test.register("d")
            #expect(await test.refusal(consumerARN: other) == nil)
            // Its end does not make it earlier.
            first.stream.cancel()
            #expect(try await first.next() == nil)
            test.time.advance(seconds: 4)
            #expect(await test.refusal()?.code == .resourceInUse)
            test.time.advance(seconds: 1)
            #expect(await test.refusal() == nil)
        }
    }

    @Test func aRefusedCallDoesNotCount() async throws {
        try await withSubscriptions { test in
            #expect(await test.refusal("AT_TIMESTAMP")?.code == .invalidArgument)
            #expect(await test.refusal() == nil)
        }
    }

    @Test func aLaterCallTakesOver() async throws {
        try await withSubscriptions { test in
            let message = try await waiting(test) { _ in
                test.time.advance(seconds: 4)
                #expect(await test.refusal()?.code == .resourceInUse)
                // The waiting one sends an empty event after 5 s; the other comes first by a hair.
                let second = try await test.subscribeAfterInterval()
                try await second.begin()
                try await test.test.put("a")
                #expect(try await second.event().texts == ["a"])
            }
            let error = error(message)
            #expect(error?.code == .resourceInUse)
            #expect(error?.message == taken)
        }
    }

    @Test func theOneThatTookOverLivesOn() async throws {
        try await withSubscriptions { test in
            let first = try await test.subscribe()
            test.time.advance(seconds: 5)
            let second = try await test.subscribe()
            #expect(try await first.exception().code == .resourceInUse)
            test.time.advance(seconds: 5)
            // The end of the first did not free the place of the second.
            let third = try await test.subscribe()
            #expect(try await second.exception().code == .resourceInUse)
            try await third.begin()
        }
    }

    @Test func deregistrationEndsIt() async throws {
        try await withSubscriptions { test in
            let message = try await waiting(test) { _ in
                _ = try await test.test.call(DeregisterStreamConsumer.self, .init(consumerARN: test.consumerARN))
            }
            let error = error(message)
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Consumer \(test.consumerARN), account 000000000000 not found.")
            #expect(await test.refusal()?.code == .resourceNotFound)
        }
    }

    @Test func theEndOfTheStreamEndsIt() async throws {
        try await withSubscriptions { test in
            let message = try await waiting(test) { _ in
                _ = try await test.test.call(DeleteStream.self, .init(streamName: "s", enforceConsumerDeletion: true))
            }
            let error = error(message)
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Stream s under account 000000000000 not found.")
        }
    }

    /// A stream of the same name that is made meanwhile is another.
    @Test func aStreamMadeAgainIsNotRead() async throws {
        try await withSubscriptions { test in
            let subscription = try await test.subscribe()
            try await subscription.begin()
            _ = try await test.test.call(DeleteStream.self, .init(streamName: "s", enforceConsumerDeletion: true))
            try await test.test.createStream()
            try await test.test.put("a")
            #expect(try await subscription.exception().code == .resourceNotFound)
        }
    }

    @Test func theEndOfTheServerEndsIt() async throws {
        try await withSubscriptions { test in
            let message = try await waiting(test) { _ in test.test.service.endReplyStreams() }
            #expect(message == nil)
            #expect(await test.refusal()?.code == .serviceUnavailable)
        }
    }

    @Test func cancellationEndsIt() async throws {
        try await withSubscriptions { test in
            let message = try await waiting(test) { $0.stream.cancel() }
            #expect(message == nil)
            #expect(test.time.sleeperCount == 0)
        }
    }

    @Test func theEndOfTheReadersTaskEndsIt() async throws {
        try await withSubscriptions { test in
            let subscription = try await test.subscribe("LATEST")
            try await subscription.begin()
            _ = try await subscription.event()
            let reader = Task { try await subscription.next() }
            try await test.advance(seconds: 0)
            reader.cancel()
            #expect(try await reader.value == nil)
            #expect(try await subscription.next() == nil)
        }
    }

    @Test func aFailingStoreEndsIt() async throws {
        try await withSubscriptions { test in
            let failure = ServiceError(.serviceUnavailable, "The disk is gone.")
            let reading = try await test.subscribe()
            try await reading.begin()
            test.test.store.onceBeforeRead { throw failure }
            let error = try await reading.exception()
            #expect(error.code.rawValue == "InternalFailureException")
            #expect(error.message == "The disk is gone.")

            test.time.advance(seconds: 5)
            let waiting = try await test.subscribe("LATEST")
            try await waiting.begin()
            _ = try await waiting.event()
            test.test.store.onceBeforeWait { throw failure }
            #expect(try await waiting.exception().message == "The disk is gone.")
        }
    }

    /// A subscription that nobody holds any more gives up its place.
    @Test func oneThatIsLetGoIsForgotten() async throws {
        try await withSubscriptions { test in
            do { _ = try await test.subscribe() }
            test.time.advance(seconds: 5)
            let second = try await test.subscribe()
            try await second.begin()
            #expect(try await second.event().records.isEmpty)
        }
    }
}

extension SubscriptionTest {
    fileprivate func subscribeAfterInterval() async throws -> Subscription {
        time.advance(seconds: 1)
        return try await subscribe("LATEST")
    }
}
