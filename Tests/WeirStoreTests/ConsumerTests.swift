import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct ConsumerTests {
    private func register(
        _ name: String,
        in streams: EmbeddedStreamStore,
        tags: [String: String] = [:],
        maximumCount: Int = 20
    ) async throws(ServiceError) -> ConsumerDescription {
        try await streams.registerConsumer(name, stream: "flights", tags: tags, maximumCount: maximumCount)
    }

    @Test func consumersSurviveARestart() async throws {
        try await withTemporaryPath { path in
            let registered = try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let stream = try await folder.streams.makeStream()
                let second = try await register("b", in: folder.streams)
                let first = try await register("a", in: folder.streams, tags: ["k": "v", "l": ""])
                let gone = try await register("c", in: folder.streams, tags: ["k": "v"])
                try await folder.streams.changeTags(
                    consumer: first,
                    stream: stream,
                    setting: ["m": "w"],
                    removing: ["l"],
                    maximumCount: 50
                )
                try await folder.streams.deregisterConsumer(gone, stream: stream)
                return [first, second]
            }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(stream.consumers.map(\.name) == ["a", "b"])
                #expect(stream.consumers.map(\.createdAt) == registered.map(\.createdAt))
                #expect(stream.consumers.map(\.tags) == [["k": "v", "m": "w"], [:]])
                #expect(stream.consumers.allSatisfy { $0.status == .active })
                // A consumer of that name may be registered again, without the tags of the one before.
                #expect(try await register("c", in: folder.streams).tags == [:])
            }
        }
    }

    @Test func aNameIsTakenOnceAndTheirNumberIsBounded() async throws {
        try await withNewFolder { folder in
            _ = try await folder.streams.makeStream()
            _ = try await register("a", in: folder.streams, maximumCount: 2)
            let again = await serviceError { () async throws(ServiceError) in
                _ = try await register("a", in: folder.streams, maximumCount: 1)
            }
            #expect(again?.code == .resourceInUse)
            #expect(again?.message == "Consumer a under stream flights already exists for account 000000000000.")
            _ = try await register("b", in: folder.streams, maximumCount: 2)
            let third = await serviceError { () async throws(ServiceError) in
                _ = try await register("c", in: folder.streams, maximumCount: 2)
            }
            #expect(third?.code == .limitExceeded)
        }
    }

    @Test func aConsumerRegisteredAgainIsAnother() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let first = try await register("a", in: folder.streams)
            #expect(first.createdAt.millisecondsSinceEpoch % 1000 == 0)
            try await folder.streams.deregisterConsumer(first, stream: stream)
            // The clock stands still.
            let second = try await register("a", in: folder.streams)
            #expect(second.creationSecond == first.creationSecond + 1)
            let stale = await serviceError { () async throws(ServiceError) in
                try await folder.streams.deregisterConsumer(first, stream: stream)
            }
            #expect(stale?.code == .resourceNotFound)
            #expect(try await folder.streams.stream(name: "flights").consumers == [second])
        }
    }

    @Test func aStreamWithConsumersIsDeletedOnlyWithThem() async throws {
        try await withNewFolder { folder in
            _ = try await folder.streams.makeStream()
            _ = try await register("a", in: folder.streams, tags: ["k": "v"])
            let refused = await serviceError { () async throws(ServiceError) in
                try await folder.streams.deleteStream(name: "flights", deletingConsumers: false)
            }
            #expect(refused?.code == .resourceInUse)
            #expect(
                refused?.message == """
                    DeleteStream can't delete 000000000000:flights because there are consumers associated with this data \
                    stream. To delete flights anyway, set the EnforceConsumerDeletion parameter to true to force the \
                    deletion of all the consumers that are associated with it.
                    """
            )
            #expect(try await folder.streams.stream(name: "flights").consumers.count == 1)
            try await folder.streams.deleteStream(name: "flights", deletingConsumers: true)
            let again = try await folder.streams.makeStream()
            #expect(again.consumers.isEmpty)
            try await folder.streams.deleteStream(name: "flights", deletingConsumers: false)
        }
    }

    @Test func consumersOutliveAReshard() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let consumer = try await register("a", in: folder.streams)
            try await folder.streams.splitShard(
                stream: "flights",
                shard: stream.shards[0].id,
                newStartingHashKey: HashKey(1 << 100)
            )
            #expect(try await folder.streams.stream(name: "flights").consumers == [consumer])
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let consumer = ConsumerDescription(name: "a", createdAt: Timestamp(millisecondsSinceEpoch: 0))
            let errors = [
                await serviceError { () async throws(ServiceError) in
                    try await folder.streams.deregisterConsumer(consumer, stream: stream)
                },
                await serviceError { () async throws(ServiceError) in
                    try await folder.streams.changeTags(
                        consumer: consumer,
                        stream: stream,
                        setting: ["a": "b"],
                        removing: [],
                        maximumCount: 1
                    )
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await folder.streams.registerConsumer(
                        "a",
                        stream: "absent",
                        tags: [:],
                        maximumCount: 1
                    )
                },
            ]
            #expect(errors.map { $0?.code } == [.resourceNotFound, .resourceNotFound, .resourceNotFound])
        }
    }

    @Test(
        arguments: [
            // Registered before at, now, expected.
            (nil, 5_400, 5_000), (3_000, 5_400, 5_000), (5_000, 5_400, 6_000), (6_000, 5_999, 7_000),
            (5_000, 6_000, 6_000),
        ] as [(Int64?, Int64, Int64)]
    )
    func noTwoOfANameShareASecond(before: Int64?, now: Int64, expected: Int64) {
        var machine = StreamStateMachineTests.machine()
        let now = Timestamp(millisecondsSinceEpoch: now)
        if let before {
            let consumer = ConsumerDescription(name: "a", createdAt: Timestamp(millisecondsSinceEpoch: before))
            machine.register(consumer)
            machine.deregister("a", at: now)
        }
        #expect(machine.creationTime(ofConsumer: "a", at: now).millisecondsSinceEpoch == expected)
        #expect(
            machine.creationTime(ofConsumer: "b", at: now).millisecondsSinceEpoch == now.millisecondsSinceEpoch / 1000
                * 1000
        )
    }
}
