import NIOCore
import Testing
import WeirModel

@testable import WeirStore

@Suite struct TransitionTests {
    private static let milliseconds: Int64 = 500

    private static var configuration: DataFolder.Configuration {
        var configuration = DataFolder.Configuration()
        configuration.transitionMilliseconds = Int(milliseconds)
        return configuration
    }

    private func withStates(_ body: (EmbeddedStreamStore, ManualTime) async throws -> Void) async throws {
        let time = ManualTime()
        try await withNewFolder(configuration: Self.configuration, time: time) { folder in
            try await body(folder.streams, time)
        }
    }

    private func status(_ streams: EmbeddedStreamStore) async -> StreamStatus? {
        try? await streams.stream(name: "flights").status
    }

    private func expectInUse(_ body: () async throws(ServiceError) -> Void) async {
        #expect(await serviceError(body)?.code == .resourceInUse)
    }

    /// Makes a stream and waits until it is active.
    private func makeActive(
        _ streams: EmbeddedStreamStore,
        _ time: ManualTime,
        shards: Int = 2
    ) async throws -> StreamDescription {
        _ = try await streams.makeStream(shards: shards)
        time.advance(milliseconds: Self.milliseconds)
        return try await streams.stream(name: "flights")
    }

    // MARK: The machine

    @Test func aStateEndsAtItsTime() {
        let consumer = TransitionStateMachine.Subject.consumer(
            ConsumerDescription(name: "c", createdAt: Timestamp(millisecondsSinceEpoch: 0)).id
        )
        var machine = TransitionStateMachine()
        #expect(machine.nextEnd == nil)
        machine.enter(.creating, .stream, until: 10)
        machine.enter(.deleting, consumer, until: 7)
        #expect(machine.nextEnd == 7)
        #expect(machine.end(at: 6).isEmpty)
        #expect(machine.state(of: consumer) == .deleting)
        let first = machine.end(at: 7)
        #expect(first == [.init(subject: consumer, state: .deleting)])
        #expect(machine.state(of: consumer) == nil && machine.nextEnd == 10)
        // A state takes the place of the one before.
        machine.enter(.updating, .stream, until: 20)
        #expect(machine.end(at: 19).isEmpty)
        let second = machine.end(at: 100)
        #expect(second == [.init(subject: .stream, state: .updating)])
        machine.enter(.updating, .stream, until: 200)
        machine.forget(.stream)
        #expect(machine.nextEnd == nil && machine.end(at: .max).isEmpty)
    }

    // MARK: Streams

    @Test func aStreamIsMadeForAWhile() async throws {
        try await withStates { streams, time in
            let creating = try await streams.makeStream(shards: 2)
            #expect(creating.status == .creating)
            #expect(creating.shards.isEmpty)
            // Nothing of it may be changed yet, and its name is taken.
            await expectInUse { () async throws(ServiceError) in
                try await streams.createStream(name: "flights", shardCount: 1, tags: [:])
            }
            await expectInUse { () async throws(ServiceError) in try await streams.deleteStream(name: "flights") }
            await expectInUse { () async throws(ServiceError) in
                _ = try await streams.updateShardCount(of: "flights", to: 4)
            }
            await expectInUse { () async throws(ServiceError) in
                try await streams.setRetention(stream: "flights", hours: 48)
            }
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await streams.registerConsumer("c", stream: "flights", tags: [:], maximumCount: 5)
            }
            #expect(
                error?.message == "Stream flights under account 000000000000 not ACTIVE or UPDATING, instead in state "
                    + "CREATING"
            )
            time.advance(milliseconds: Self.milliseconds - 1)
            #expect(await status(streams) == .creating)
            time.advance(milliseconds: 1)
            let active = try await streams.stream(name: "flights")
            #expect(active.status == .active)
            #expect(active.shards.count == 2)
            try await streams.put(["a"], of: active)
        }
    }

    @Test func aStreamThatIsChangedGoesOnAsUsual() async throws {
        try await withStates { streams, time in
            var stream = try await makeActive(streams, time)
            let changes: [@Sendable () async throws -> Void] = [
                { _ = try await streams.updateShardCount(of: "flights", to: 4) },
                { _ = try await streams.mergeShards(stream: "flights", shard: ShardID(2), adjacent: ShardID(3)) },
                { _ = try await streams.changeSettings(of: "flights", .maximumRecordSize(kibibytes: 2048)) },
                { _ = try await streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/k")) },
                { _ = try await streams.changeSettings(of: "flights", .mode(.onDemand, warmThroughputMiBps: nil)) },
                { try await streams.setRetention(stream: "flights", hours: 48) },
            ]
            for change in changes {
                try await change()
                stream = try await streams.stream(name: "flights")
                #expect(stream.status == .updating)
                let open = try #require(stream.openShardsByHashKey.first)
                try await streams.put(["a"], shard: open.id.number, of: stream)
                // No shard is out of reach for a moment.
                for shard in stream.shards { _ = try await streams.readAll(shard: shard.id.number, of: stream) }
                await expectInUse { () async throws(ServiceError) in
                    _ = try await streams.changeSettings(of: "flights", .enableMetrics([.incomingBytes]))
                }
                await expectInUse { () async throws(ServiceError) in try await streams.deleteStream(name: "flights") }
                time.advance(milliseconds: Self.milliseconds)
                #expect(await status(streams) == .active)
            }
        }
    }

    @Test func whatChangesNothingDoesNotLast() async throws {
        try await withStates { streams, time in
            _ = try await makeActive(streams, time)
            _ = try await streams.changeSettings(of: "flights", .stopEncryption)
            try await streams.setRetention(stream: "flights", hours: 24)
            _ = try await streams.updateShardCount(of: "flights", to: 2)
            #expect(await status(streams) == .active)
        }
    }

    @Test func aStreamIsDeletedForAWhile() async throws {
        try await withStates { streams, time in
            let stream = try await makeActive(streams, time)
            try await streams.put(["a"], of: stream)
            let consumer = try await streams.registerConsumer("c", stream: "flights", tags: [:], maximumCount: 5)
            time.advance(milliseconds: Self.milliseconds)
            try await streams.deleteStream(name: "flights", deletingConsumers: true)
            #expect(await status(streams) == .deleting)
            #expect(try await streams.streamNames(after: nil, limit: 9) == ["flights"])
            #expect(try await streams.readAll(of: stream).texts == ["a"])
            await expectInUse { () async throws(ServiceError) in
                try await streams.createStream(name: "flights", shardCount: 1, tags: [:])
            }
            await expectInUse { () async throws(ServiceError) in
                try await streams.changeTags(stream: "flights", setting: ["a": "b"], removing: [], maximumCount: 9)
            }
            await expectInUse { () async throws(ServiceError) in try await streams.deleteStream(name: "flights") }
            await expectInUse { () async throws(ServiceError) in
                try await streams.changeTags(
                    consumer: consumer,
                    stream: stream,
                    setting: ["a": "b"],
                    removing: [],
                    maximumCount: 9
                )
            }
            #expect(try await streams.usage().openShardCount == 2)

            time.advance(milliseconds: Self.milliseconds)
            #expect(await status(streams) == nil)
            #expect(
                await serviceError { () async throws(ServiceError) in _ = try await streams.stream(id: stream.id) }
                    != nil
            )
            try await streams.performUpkeep()
            #expect(try await streams.usage().openShardCount == 0)
            #expect(try await streams.streamNames(after: nil, limit: 9).isEmpty)
            let again = try await makeActive(streams, time, shards: 1)
            #expect(try await streams.readAll(of: again).texts.isEmpty)
        }
    }

    /// The first put of a run makes a key, for which there is no place any more.
    @Test func anEncryptedPutToAStreamThatIsDeletedFindsNoStream() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            try await DataFolder.use(path) { folder in
                _ = try await folder.streams.makeStream()
                try await folder.streams.startEncryption()
            }
            try await DataFolder.withDataFolder(
                path: path,
                configuration: Self.configuration,
                time: time,
                logger: quiet
            ) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                try await folder.streams.deleteStream(name: "flights")
                let record = NewRecord(shard: ShardID(0), partitionKey: "k", data: ByteBuffer(string: "x"))
                let error = await serviceError { () async throws(ServiceError) in
                    _ = try await folder.streams.append([record], stream: stream)
                }
                #expect(error?.code == .resourceNotFound)
                #expect(error?.message == "Stream flights under account 000000000000 not found.")
            }
        }
    }

    /// A deletion that comes between the beginning and the end of a reshard.
    @Test func aReshardLeavesTheStateOfAStreamThatIsDeletedMeanwhile() throws {
        var machine = StreamStateMachineTests.machine()
        try machine.beginReshard(errors: StreamStateMachineTests.errors)
        machine.enter(.deleting, until: 10)
        machine.abandonReshard()
        #expect(machine.description.status == .deleting)
        let hasEnded = machine.settle(at: 10)
        #expect(hasEnded && machine.isDeleted)
    }

    /// A change that was ahead of the reshard in the queue put the stream into UPDATING for a while, and the while is over.
    @Test func aStateThatEndsDoesNotLetASecondReshardIn() throws {
        var machine = StreamStateMachineTests.machine()
        let errors = StreamStateMachineTests.errors
        try machine.beginReshard(errors: errors)
        machine.enter(.updating, until: 10)
        let hasEnded = machine.settle(at: 10)
        #expect(hasEnded && machine.description.status == .updating)
        #expect(throws: ServiceError.self) { try machine.beginReshard(errors: errors) }
        machine.abandonReshard()
        #expect(machine.description.status == .active)
    }

    @Test func aSilentReshardIsNotSeenAndLetsNoOtherIn() throws {
        var machine = StreamStateMachineTests.machine()
        let errors = StreamStateMachineTests.errors
        try machine.beginReshard(isSilent: true, errors: errors)
        #expect(machine.description.status == .active)
        for isSilent in [false, true] {
            let error = #expect(throws: ServiceError.self) {
                try machine.beginReshard(isSilent: isSilent, errors: errors)
            }
            #expect(error?.code == .resourceInUse && error?.message.hasSuffix("in state UPDATING") == true)
        }
        machine.enter(.updating, until: 10)
        let hasEnded = machine.settle(at: 10)
        #expect(hasEnded && machine.description.status == .active)
        machine.abandonReshard()
        #expect(machine.description.status == .active && !machine.isResharding)
        try machine.beginReshard(errors: errors)
        #expect(machine.description.status == .updating)
    }

    @Test func theNameOfAStreamThatIsGoneIsFreeAtOnce() async throws {
        try await withStates { streams, time in
            _ = try await makeActive(streams, time)
            try await streams.deleteStream(name: "flights")
            time.advance(milliseconds: Self.milliseconds)
            #expect(try await makeActive(streams, time, shards: 3).shards.count == 3)
        }
    }

    @Test func aRemovalDoesNotLast() async throws {
        try await withStates { streams, time in
            _ = try await streams.makeStream()
            try await streams.removeStream(name: "flights")
            #expect(await status(streams) == nil)
            _ = try await makeActive(streams, time)
            try await streams.deleteStream(name: "flights")
            try await streams.removeStream(name: "flights")
            #expect(await status(streams) == nil)
            #expect(try await streams.usage().openShardCount == 0)
        }
    }

    @Test func aProcessThatDiesMeanwhileFindsTheStreamReadyOrGone() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            func withFolder(_ body: (EmbeddedStreamStore) async throws -> Void) async throws {
                try await DataFolder.withDataFolder(
                    path: path,
                    configuration: Self.configuration,
                    time: time,
                    logger: quiet
                ) { try await body($0.streams) }
            }
            try await withFolder { streams in
                _ = try await streams.makeStream(shards: 2)
                #expect(await status(streams) == .creating)
            }
            try await withFolder { streams in
                #expect(await status(streams) == .active)
                _ = try await streams.registerConsumer("c", stream: "flights", tags: [:], maximumCount: 5)
                _ = try await streams.updateShardCount(of: "flights", to: 4)
                #expect(await status(streams) == .updating)
            }
            try await withFolder { streams in
                let stream = try await streams.stream(name: "flights")
                #expect(stream.status == .active && stream.openShardsByHashKey.count == 4)
                let consumer = try #require(stream.consumers.first)
                #expect(consumer.status == .active)
                try await streams.deregisterConsumer(consumer, stream: stream)
                #expect(try await streams.stream(name: "flights").consumers.map(\.status) == [.deleting])
            }
            try await withFolder { streams in
                #expect(try await streams.stream(name: "flights").consumers.isEmpty)
                try await streams.deleteStream(name: "flights")
                #expect(await status(streams) == .deleting)
            }
            try await withFolder { streams in
                #expect(await status(streams) == nil)
                let usage = try await streams.usage()
                #expect(usage.openShardCount == 0)
            }
        }
    }

    @Test func onlySoManyStreamsAreMadeOrDeletedAtATime() async throws {
        var configuration = Self.configuration
        configuration.maximumTransitionCount = 2
        let time = ManualTime()
        try await withNewFolder(configuration: configuration, time: time) { folder in
            for name in ["a", "b"] { try await folder.streams.createStream(name: name, shardCount: 1, tags: [:]) }
            let error = await serviceError { () async throws(ServiceError) in
                try await folder.streams.createStream(name: "c", shardCount: 1, tags: [:])
            }
            #expect(error?.code == .limitExceeded)
            #expect(error?.message.hasSuffix("simultaneously be in CREATING or DELETING. Limit: 2") == true)
            time.advance(milliseconds: Self.milliseconds)
            try await folder.streams.createStream(name: "c", shardCount: 1, tags: [:])
        }
    }

    // MARK: Consumers

    @Test func aConsumerIsMadeAndDeletedForAWhile() async throws {
        try await withStates { streams, time in
            let stream = try await makeActive(streams, time)
            let consumer = try await streams.registerConsumer("c", stream: "flights", tags: [:], maximumCount: 5)
            #expect(consumer.status == .creating)
            // The stream itself is active meanwhile.
            #expect(await status(streams) == .active)
            time.advance(milliseconds: Self.milliseconds)
            let found = try await streams.consumer("c", registeredIn: consumer.creationSecond, stream: "flights")
            #expect(found.consumer.status == .active)

            try await streams.deregisterConsumer(consumer, stream: stream)
            let leaving = try await streams.consumer("c", registeredIn: nil, stream: "flights")
            #expect(leaving.consumer.status == .deleting)
            await expectInUse { () async throws(ServiceError) in
                _ = try await streams.registerConsumer("c", stream: "flights", tags: [:], maximumCount: 5)
            }
            time.advance(milliseconds: Self.milliseconds)
            #expect(try await streams.stream(name: "flights").consumers.isEmpty)
            let again = try await streams.registerConsumer("c", stream: "flights", tags: [:], maximumCount: 5)
            #expect(again.createdAt > consumer.createdAt)
        }
    }
}
