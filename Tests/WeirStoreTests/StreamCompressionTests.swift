import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// The compression of a stream's log: that of its tag, else that of the server.
@Suite(.timeLimit(.minutes(5))) struct StreamCompressionTests {
    private static let tag = [Compression.tagKey: "zstd"]

    private var configuration: DataFolder.Configuration {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 64 << 10
        configuration.log.preparesSparesWithinSeconds = 0
        return configuration
    }

    private static func texts(_ numbers: Range<Int>) -> [String] {
        numbers.map { "{\"number\":\($0),\"carrier\":\"US\",\"origin\":\"EWR\",\"dest\":\"CLT\",\"delay\":\($0 % 37)}" }
    }

    /// Puts records until some segments are full, and waits until nothing is left to compress.
    private func fill(_ folder: DataFolder, _ numbers: Range<Int> = 0..<2500, padding: String = "") async throws {
        let stream = try await folder.streams.stream(name: "flights")
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 100) {
            try await folder.streams.put(Self.texts(start..<start + 100).map { $0 + padding }, of: stream)
        }
        try await folder.streams.live("flights").log.waitForPacking()
    }

    private func setTags(_ tags: [String: String], removing keys: Set<String> = [], in folder: DataFolder) async throws
    {
        try await folder.streams.changeTags(stream: "flights", setting: tags, removing: keys, maximumCount: 50)
        try await folder.streams.live("flights").log.waitForPacking()
    }

    private func size(_ folder: DataFolder, _ path: String) throws -> Int64 {
        let names = try SystemFileSystem().list("\(path)/streams/1").filter { $0.hasSuffix(".segment") }
        return try names.reduce(0) { try $0 + SystemFileSystem().open("\(path)/streams/1/\($1)", .read).size() }
    }

    @Test func tagTakesEffectAtOnceAndAfterAStart() async throws {
        try await withTemporaryPath { path in
            var packed: Int64 = 0
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                let stream = try await folder.streams.makeStream()
                try await fill(folder)
                let plain = try size(folder, path)
                try await setTags(Self.tag, in: folder)
                packed = try size(folder, path)
                #expect(packed < plain / 2)
                let usage = try await folder.streams.usage()
                #expect(Int64(usage.compressionInputBytes - usage.compressionOutputBytes) == plain - packed)
                #expect(try await folder.streams.readAll(of: stream).texts == Self.texts(0..<2500))
                // What is full by now is compressed, and stays so.
                try await setTags([:], removing: [Compression.tagKey], in: folder)
                try await fill(folder, 2500..<5000)
                #expect(try size(folder, path) > packed + (plain - packed) / 2)
                try await setTags(Self.tag, in: folder)
                packed = try size(folder, path)
            }
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(try folder.streams.live("flights").log.compression == .zstd)
                #expect(try await folder.streams.readAll(of: stream).texts == Self.texts(0..<5000))
                #expect(try await folder.streams.readAll(of: stream, maximumCount: 7).texts == Self.texts(0..<5000))
                try await fill(folder, 5000..<7500)
                #expect(try size(folder, path) < packed * 2)
                #expect(try await folder.streams.readAll(of: stream).texts == Self.texts(0..<7500))
            }
        }
    }

    @Test func withoutATagTheServersSettingHolds() async throws {
        var configuration = configuration
        configuration.log.compression = .zstd
        try await withNewFolder(configuration: configuration) { folder in
            _ = try await folder.streams.makeStream()
            #expect(try folder.streams.live("flights").log.compression == .zstd)
            try await setTags([Compression.tagKey: "none"], in: folder)
            #expect(try folder.streams.live("flights").log.compression == .none)
            try await setTags([Compression.tagKey: "not understood"], in: folder)
            #expect(
                try folder.streams.live("flights").log.compression == .zstd,
                "of a folder that another program wrote"
            )
            let tags = [Compression.tagKey: "none"]
            try await folder.streams.createStream(name: "payments", shardCount: 1, tags: tags)
            #expect(try folder.streams.live("payments").log.compression == .none)
        }
    }

    /// Records of several shards, read from every kind of start.
    @Test func everyStartFindsItsPlace() async throws {
        var configuration = configuration
        configuration.log.compression = .zstd
        let time = ManualTime()
        try await withNewFolder(configuration: configuration, time: time) { folder in
            let stream = try await folder.streams.makeStream(shards: 3)
            var numbers: [[SequenceNumber]] = [[], [], []]
            var times: [Int64] = []
            for number in 0..<2400 {
                if number % 3 == 0 { time.advance(milliseconds: 10) }
                times.append(time.wallMilliseconds)
                numbers[number % 3] += try await folder.streams.put(
                    Self.texts(number..<number + 1),
                    shard: UInt32(number % 3),
                    of: stream
                )
            }
            try await folder.streams.live("flights").log.waitForPacking()
            #expect(try await folder.streams.usage().compressionInputBytes > 128 << 10)
            for shard in 0..<3 {
                let own = (0..<800).map { Self.texts($0 * 3 + shard..<$0 * 3 + shard + 1)[0] }
                for place in stride(from: 0, to: 800, by: 97) {
                    let number = numbers[shard][place]
                    let moment = Timestamp(millisecondsSinceEpoch: times[place * 3 + shard])
                    let starts: [(ShardStart, Int)] = [
                        (.trimHorizon, 0), (.atSequenceNumber(number), place),
                        (.afterSequenceNumber(number), place + 1), (.atTimestamp(moment), place), (.latest, 800),
                    ]
                    for (start, first) in starts {
                        let read = try await folder.streams.readAll(
                            shard: UInt32(shard),
                            of: stream,
                            from: start,
                            maximumCount: 300
                        )
                        #expect(read.texts == Array(own[first...]), "shard \(shard), \(start)")
                    }
                }
            }
        }
    }

    /// A flipped bit costs the records that were compressed together with it. They are counted, and readers go on.
    @Test func damageCostsTheRecordsOfABlock() async throws {
        var configuration = configuration
        configuration.log.compression = .zstd
        configuration.log.packedBlockSizeInBytes = 2000
        try await withTemporaryPath { path in
            let segment = "\(path)/streams/1/00000000000000000001.segment"
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                _ = try await folder.streams.makeStream()
                try await fill(folder)
            }
            let file = try SystemFileSystem().open(segment, .readWrite)
            try [UInt8]("???".utf8).withUnsafeBytes { try file.write($0, at: 4096 + 64 + 30) }
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                let read = try await folder.streams.readAll(of: stream).texts
                let lost = 2500 - read.count
                #expect(lost > 5 && lost < 30)
                #expect(read == Self.texts(lost..<2500))
                _ = try await folder.streams.readAll(of: stream, maximumCount: 3)
                #expect(try await folder.streams.usage().damagedRecordCount == lost)
            }
        }
    }

    /// Records are encrypted before the log has them; only what the log puts around them becomes smaller.
    @Test func encryptedRecordsStayAsTheyAre() async throws {
        var configuration = configuration
        configuration.log.compression = .zstd
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.startEncryption()
                let padding = String(repeating: "x", count: 900)
                try await fill(folder, 0..<300, padding: padding)
                #expect(try await folder.streams.usage().compressionInputBytes == 0)
                #expect(try await folder.streams.readAll(of: stream).texts == Self.texts(0..<300).map { $0 + padding })
                let names = try SystemFileSystem().list("\(path)/streams/1")
                #expect(names.count >= 3 && names.allSatisfy { $0.hasSuffix(".segment") })
            }
        }
    }
}
