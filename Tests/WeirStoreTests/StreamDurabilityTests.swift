import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// The durability of a stream: that of its tag, else that of the server.
@Suite(.timeLimit(.minutes(5))) struct StreamDurabilityTests {
    private static let minute = LogDurability.interval(nanoseconds: 60_000_000_000)
    private static let tag = [Durability.tagKey: "interval(60000)"]

    private func setTags(_ tags: [String: String], removing keys: Set<String> = [], in folder: DataFolder) async throws
    {
        try await folder.streams.changeTags(stream: "flights", setting: tags, removing: keys, maximumCount: 50)
    }

    private func durability(in folder: DataFolder) throws -> LogDurability {
        try folder.streams.live("flights").log.durability
    }

    @Test func tagTakesEffectAtOnceAndAfterAStart() async throws {
        try await withTemporaryPath { path in
            let mark = "\(path)/streams/1/UNSYNCED"
            let files = SystemFileSystem()
            func isMarked() -> Bool { (try? files.open(mark, .read)) != nil }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.put(["a"], of: stream)
                #expect(!isMarked())
                try await setTags(Self.tag, in: folder)
                #expect(try durability(in: folder) == Self.minute)
                try await folder.streams.put(["b"], of: stream)
                #expect(isMarked(), "it is acknowledged before it is synced")
                try await setTags([:], removing: [Durability.tagKey], in: folder)
                #expect(try durability(in: folder) == .always)
                #expect(!isMarked(), "what was acknowledged is synced when the call is answered")
                try await setTags(Self.tag, in: folder)
            }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                #expect(try durability(in: folder) == Self.minute)
                let stream = try await folder.streams.stream(name: "flights")
                try await folder.streams.put(["c"], of: stream)
                #expect(isMarked())
                try await setTags([Durability.tagKey: "always"], in: folder)
                #expect(!isMarked())
                #expect(try await folder.streams.readAll(of: stream).texts == ["a", "b", "c"])
            }
        }
    }

    @Test func withoutATagTheServersSettingHolds() async throws {
        var configuration = DataFolder.Configuration()
        configuration.log.durability = Self.minute
        try await withNewFolder(configuration: configuration) { folder in
            _ = try await folder.streams.makeStream()
            #expect(try durability(in: folder) == Self.minute)
            try await setTags([Durability.tagKey: "always"], in: folder)
            #expect(try durability(in: folder) == .always)
            try await setTags([Durability.tagKey: "not understood"], in: folder)
            #expect(try durability(in: folder) == Self.minute, "of a folder that another program wrote")
            let tags = [Durability.tagKey: "always"]
            try await folder.streams.createStream(name: "payments", shardCount: 1, tags: tags)
            #expect(try folder.streams.live("payments").log.durability == .always)
        }
    }

    /// A consumer has read, and checkpointed, what a power cut then takes: it misses nothing of what comes after.
    @Test func consumerThatWasAheadOfTheDiskMissesNothing() async throws {
        try await withTemporaryPath { path in
            var configuration = DataFolder.Configuration()
            configuration.log.durability = Self.minute
            let crashed = "\(path)-crashed"
            var checkpoint: SequenceNumber?
            var ending: SequenceNumber?
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                let stream = try await folder.streams.makeStream(shards: 2)
                try await folder.streams.put(["a"], of: stream)
                try await folder.streams.mergeShards(stream: "flights", shard: ShardID(0), adjacent: ShardID(1))
                let merged = try await folder.streams.stream(name: "flights")
                ending = merged.shards[0].endingSequenceNumber
                checkpoint = try await folder.streams.put(["lost", "lost too"], shard: 2, of: merged).last
                #expect(try await folder.streams.readAll(shard: 2, of: merged).texts == ["lost", "lost too"])
                try copyTree(path, to: crashed)
            }
            // The reshard synced what was before it; behind that nothing is on the disk.
            let segment = "\(crashed)/streams/1/00000000000000000001.segment"
            let file = try SystemFileSystem().open(segment, .readWrite)
            try file.truncate(to: 4096 + 64)
            try await DataFolder.withDataFolder(path: crashed, configuration: configuration, logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(try await folder.streams.readAll(of: stream).texts == ["a"])
                #expect(stream.shards[0].endingSequenceNumber == ending)
                let checkpoint = try #require(checkpoint)
                let next = try await folder.streams.put(["new"], shard: 2, of: stream)[0]
                #expect(next > checkpoint, "no number is given twice")
                let read = try await folder.streams.readAll(
                    shard: 2,
                    of: stream,
                    from: .afterSequenceNumber(checkpoint)
                )
                #expect(read.texts == ["new"])
            }
        }
    }
}
