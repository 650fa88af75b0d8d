import GRDB
import NIOCore
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// Changed bytes, crashes and full disks under encrypted records.
@Suite struct EncryptionFaultTests {
    @Test func aChangedOrMovedRecordIsAnErrorAndNotSilence() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            try await streams.startEncryption()
            try await streams.put(["good"], of: stream)
            let payload = try #require(try await streams.payloads().first)
            var changed = Array(payload.readableBytesView)
            changed[20] ^= 1
            var otherKey = Array(payload.readableBytesView)
            otherKey[4] = 9
            // As somebody would who can write the log's files, checksums and all.
            let log = try streams.live("flights").log
            let cases: [(lane: UInt32, payload: ByteBuffer, message: String)] = [
                (0, ByteBuffer(bytes: changed), "cannot be decrypted"),
                (0, ByteBuffer(bytes: otherKey), "encrypted with key 9, which is not there"),
                (1, payload, "cannot be decrypted"),
            ]
            for (lane, payload, message) in cases {
                let index = try await log.append([NewLogEntry(lane: lane, timestamp: 0, payload: payload)])
                let shard = ShardID(lane)
                func read(from index: UInt64) async throws(ServiceError) -> ShardRead {
                    try await streams.read(
                        from: ShardPosition(index: index),
                        shard: shard,
                        stream: stream,
                        maximumCount: 10,
                        maximumBytes: 10 << 20
                    )
                }
                let error = await serviceError { () async throws(ServiceError) in _ = try await read(from: index) }
                #expect(error?.code == .internalFailure)
                #expect(error?.message.contains("Entry \(index) of the log of stream flights") == true)
                #expect(error?.message.contains(message) == true)
                // What lies before it and behind it is given.
                try await streams.put(["behind"], shard: lane, of: stream)
                #expect(try await read(from: index + 1).records.map { String(buffer: $0.data) } == ["behind"])
            }
            let before = try await streams.read(
                from: ShardPosition(index: 1),
                shard: ShardID(0),
                stream: stream,
                maximumCount: 10,
                maximumBytes: 10 << 20
            )
            #expect(before.records.map { String(buffer: $0.data) } == ["good"])
            #expect(before.next == ShardPosition(index: 2))
            #expect(before.millisBehindLatest > 0)
        }
    }

    @Test func aRecordOfAStreamThatWasMadeAgainIsRefused() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let first = try await streams.makeStream("first")
            let second = try await streams.makeStream("second")
            for stream in [first, second] {
                try await streams.startEncryption(of: stream.name)
                try await streams.put(["data"], of: stream)
            }
            let payload = try #require(try await streams.payloads(of: "first").first)
            let index = try await streams.live("second").log.append([
                NewLogEntry(lane: 0, timestamp: 0, payload: payload)
            ])
            #expect(try await streams.texts(of: "second") == ["[data]"])
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await streams.read(
                    from: ShardPosition(index: index),
                    shard: ShardID(0),
                    stream: second,
                    maximumCount: 1,
                    maximumBytes: 1
                )
            }
            #expect(error?.message.contains("another stream or shard") == true)
        }
    }

    @Test func aCrashBetweenTheKeyAndTheStreamLeavesThePlainStream() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.put(["plain"], of: stream)
                try await folder.streams.live("flights").vault.prepare(keyID: "alias/a")
                try copyTree(path, to: "\(path)-copy")
            }
            try await DataFolder.use("\(path)-copy") { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(!stream.settings.isEncrypted)
                try await folder.streams.put(["plain again"], of: stream)
                try await folder.streams.startEncryption()
                try await folder.streams.put(["secret"], of: stream)
                #expect(try await folder.streams.texts() == ["plain", "plain again", "[secret]"])
            }
        }
    }

    @Test func whatWasAcknowledgedIsThereAfterACrashAtAnyPut() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.startEncryption()
                for number in 0..<6 {
                    try await folder.streams.put(["\(number)"], of: stream)
                    try copyTree(path, to: "\(path)-\(number)")
                }
            }
            for number in 0..<6 {
                #expect(try await DataFolder.texts("\(path)-\(number)") == (0...number).map { "[\($0)]" })
            }
        }
    }

    @Test func aFullDiskRefusesTheStartAndKeepsTheStreamPlain() async throws {
        let files = SteppingFileSystem()
        try await withNewFolder(fileSystem: files) { folder in
            let stream = try await folder.streams.makeStream()
            files.fail(with: SteppingFileSystem.diskFull)
            let error = await serviceError { () async throws(ServiceError) in
                try await folder.streams.startEncryption()
            }
            #expect(error?.code == .serviceUnavailable)
            files.fail(with: nil)
            try await folder.streams.put(["plain"], of: stream)
            try await folder.streams.startEncryption()
            try await folder.streams.put(["secret"], of: stream)
            #expect(try await folder.streams.texts() == ["plain", "[secret]"])
        }
    }

    @Test func aFolderOfFormat4IsBroughtUp() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.put(["from before"], of: stream)
            }
            // In format 4, the name of the key was stored and nothing was encrypted.
            try takeBack(path, toFormat: 4)
            let queue = try DatabaseQueue(path: "\(path)/\(DataFolderNames.catalogueName)")
            try await queue.write { database in
                try database.execute(sql: "UPDATE streams SET encryption_key_id = 'alias/a'")
            }
            try queue.close()
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                try await folder.streams.put(["from now on"], of: stream)
                #expect(try await folder.streams.texts() == ["from before", "[from now on]"])
            }
            #expect(try await catalogueFormat(path) == Catalogue.format)
        }
    }

    @Test func aFolderOfFormat5KeepsItsKeys() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.startEncryption()
                try await folder.streams.put(["from before"], of: stream)
            }
            try takeBack(path, toFormat: 5)
            #expect(try await catalogueFormat(path) == 5)
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                try await folder.streams.put(["from now on"], of: stream)
                #expect(try await folder.streams.texts() == ["[from before]", "[from now on]"])
                #expect(try await folder.streams.catalogue.dataKeys().map(\.number) == [1, 2])
            }
            #expect(try await catalogueFormat(path) == Catalogue.format)
        }
    }
}
