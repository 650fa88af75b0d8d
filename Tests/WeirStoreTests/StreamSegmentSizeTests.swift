import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// The size of the files of a stream's log: that of its tag, else that of the server.
@Suite(.timeLimit(.minutes(5))) struct StreamSegmentSizeTests {
    private static let small = 64 << 10
    private static let tagged = 1 << 20
    private static let tag = [SegmentSize.tagKey: "1048576"]
    private static let recordSize = 20_000

    private var configuration: DataFolder.Configuration {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = Self.small
        configuration.log.preparesSparesWithinSeconds = 0
        return configuration
    }

    /// Puts records, one after the other.
    private func put(_ count: Int, in folder: DataFolder) async throws {
        let stream = try await folder.streams.stream(name: "flights")
        let text = String(repeating: "x", count: Self.recordSize)
        for _ in 0..<count { try await folder.streams.put([text], of: stream) }
    }

    private func readAll(in folder: DataFolder) async throws -> Int {
        try await folder.streams.readAll(of: try await folder.streams.stream(name: "flights")).texts.count
    }

    /// The sizes of the files that are full, of the stream that was made first.
    private func sealedSizes(_ path: String) throws -> [Int64] {
        let names = try SystemFileSystem().list("\(path)/streams/1").filter { $0.hasSuffix(".segment") }.sorted()
        return try names.dropLast().map { try SystemFileSystem().open("\(path)/streams/1/\($0)", .read).size() }
    }

    private func setTags(_ tags: [String: String], removing keys: Set<String> = [], in folder: DataFolder) async throws
    {
        try await folder.streams.changeTags(stream: "flights", setting: tags, removing: keys, maximumCount: 50)
    }

    /// Whether no other record would have found room in a file.
    private func isFull(_ size: Int64, of segmentSize: Int) -> Bool {
        // The footer, with a place for each record, comes behind.
        (segmentSize - Self.recordSize - 200...segmentSize + 4000).contains(Int(size))
    }

    @Test func tagTakesEffectWithTheNextPutAndAfterAStart() async throws {
        try await withTemporaryPath { path in
            var before = 0
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                _ = try await folder.streams.makeStream()
                try await put(13, in: folder)
                let sizes = try sealedSizes(path)
                #expect(sizes.count == 4 && sizes.allSatisfy { isFull($0, of: Self.small) })
                // The file that is being written is not ended before it has the new size.
                try await setTags(Self.tag, in: folder)
                try await put(110, in: folder)
                before = sizes.count
                let new = try sealedSizes(path)[before...]
                #expect(new.count == 2 && new.allSatisfy { isFull($0, of: Self.tagged) })
            }
            try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                #expect(try folder.streams.live("flights").log.segmentSizeInBytes == Self.tagged)
                try await put(60, in: folder)
                let new = try sealedSizes(path)[before...]
                #expect(new.count == 3 && new.allSatisfy { isFull($0, of: Self.tagged) })
                before += new.count
                // The file that is being written is larger already, and is ended by the next put.
                try await setTags([:], removing: [SegmentSize.tagKey], in: folder)
                try await put(1, in: folder)
                #expect(try sealedSizes(path).count == before + 1)
                try await put(12, in: folder)
                let last = try sealedSizes(path)[(before + 1)...]
                #expect(last.count == 4 && last.allSatisfy { isFull($0, of: Self.small) })
                #expect(try await readAll(in: folder) == 13 + 110 + 60 + 13)
            }
        }
    }

    @Test func withoutATagTheServersSettingHolds() async throws {
        try await withNewFolder(configuration: configuration) { folder in
            _ = try await folder.streams.makeStream()
            let log = try folder.streams.live("flights").log
            #expect(log.segmentSizeInBytes == Self.small)
            try await setTags(Self.tag, in: folder)
            #expect(log.segmentSizeInBytes == Self.tagged)
            try await setTags([SegmentSize.tagKey: "1048575"], in: folder)
            #expect(log.segmentSizeInBytes == Self.small, "of a folder that another program wrote")
            try await folder.streams.createStream(name: "payments", shardCount: 1, tags: Self.tag)
            #expect(try folder.streams.live("payments").log.segmentSizeInBytes == Self.tagged)
        }
    }
}
