import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirService
import WeirStore
import WeirTestTools
import WeirWire

/// Records are put while shards are split and merged and their subscribers follow from parents to children, with
/// subscriptions that are given up in the middle: nothing may be lost, repeated or out of order.
@Suite struct SubscriptionReshardTests {
    private let keyCount = 8
    private let recordsOfKey = 60

    @Test func nothingIsLostRepeatedOrOutOfOrder() async throws {
        try await withSubscriptions(shards: 2) { test in
            let follower = Follower(test)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for shard in ["shardId-000000000000", "shardId-000000000001"] {
                    group.addTask { try await follower.follow(shard) }
                }
                try await withThrowingTaskGroup(of: Void.self) { writers in
                    for key in 0..<keyCount {
                        writers.addTask {
                            for number in 0..<recordsOfKey { try await test.test.put("\(number)", key: "key-\(key)") }
                        }
                    }
                    writers.addTask { try await reshard(test) }
                    try await writers.waitForAll()
                }
                let deadline = ContinuousClock.now + .seconds(120)
                while follower.count < keyCount * recordsOfKey, ContinuousClock.now < deadline { await Task.yield() }
                // Those who wait at open shards go home.
                test.test.service.endReplyStreams()
                try await group.waitForAll()
            }
            for key in 0..<keyCount { #expect(follower.numbers(of: "key-\(key)") == Array(0..<recordsOfKey)) }
            #expect(follower.count == keyCount * recordsOfKey)
            #expect(try await test.folder.streams.stream(name: "s").shards.count == 12)
        }
    }

    /// Splits and merges, again and again: 10 more shards.
    private func reshard(_ test: SubscriptionTest) async throws {
        let streams = test.folder.streams
        for round in 0..<4 {
            let first = try await streams.stream(name: "s").openShardsByHashKey[0]
            let middle = HashKey((first.hashKeyRange.starting.value + first.hashKeyRange.ending.value) / 2)
            try await streams.splitShard(stream: "s", shard: first.id, newStartingHashKey: middle)
            for _ in 0..<50 { await Task.yield() }
            guard round % 2 == 1 else { continue }
            let open = try await streams.stream(name: "s").openShardsByHashKey
            try await streams.mergeShards(stream: "s", shard: open[0].id, adjacent: open[1].id)
        }
    }
}

/// Reads shards by subscriptions, each child when its parents were read to their end.
private final class Follower: Sendable {
    private struct State {
        var numbers: [String: [Int]] = [:]
        var ended: Set<String> = []
        var begun: Set<String> = []
    }

    private let test: SubscriptionTest
    private let state = Mutex(State())

    init(_ test: SubscriptionTest) { self.test = test }

    var count: Int { state.withLock { $0.numbers.values.reduce(0) { $0 + $1.count } } }

    func numbers(of key: String) -> [Int] { state.withLock { $0.numbers[key] ?? [] } }

    /// Reads a shard to its end, and then its children.
    func follow(_ shard: String) async throws {
        let id = try #require(ShardID(shard))
        var children: [ChildShard]?
        var continuation: String?
        for attempt in 0... {
            let type =
                continuation == nil ? "TRIM_HORIZON" : ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"][attempt % 2]
            let subscription: Subscription
            do throws(ServiceError) {
                subscription = try await test.subscribe(type, shard: Int(id.number), number: continuation)
            } catch {
                guard error.code == .serviceUnavailable else { throw error }
                return
            }
            children = try await read(subscription, events: 1 + attempt % 5, &continuation)
            if children != nil { break }
            // This may end the lifetime of others, and have them send empty events.
            test.time.advance(seconds: Limits.subscriptionIntervalInSeconds)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for child in begin(children ?? [], after: shard) {
                group.addTask { try await self.follow(child) }
            }
            try await group.waitForAll()
        }
    }

    /// Reads some events and gives up. Returns the children at the end of the shard.
    private func read(
        _ subscription: Subscription,
        events: Int,
        _ continuation: inout String?
    ) async throws -> [ChildShard]? {
        defer { subscription.stream.cancel() }
        try await subscription.begin()
        for _ in 0..<events {
            guard case .event(let event)? = try await subscription.next() else { return nil }
            state.withLock { state in
                for record in event.records {
                    state.numbers[record.partitionKey, default: []].append(Int(String(buffer: record.data)) ?? -1)
                }
            }
            if let children = event.childShards { return children }
            let number: String = try #require(event.continuationSequenceNumber)
            continuation = number
        }
        return nil
    }

    /// The children whose parents have all been read and that nobody reads yet.
    private func begin(_ children: [ChildShard], after parent: String) -> [String] {
        state.withLock { state in
            state.ended.insert(parent)
            return children.filter { state.ended.isSuperset(of: $0.parentShards) }.map(\.shardID)
                .filter { state.begun.insert($0).inserted }
        }
    }
}
