import NIOCore
import Testing
import WeirLog
import WeirRuntime

@testable import WeirModel
@testable import WeirStore

/// Records that are encrypted on disk.
@Suite struct EncryptionTests {
    @Test func plainDataIsNotInTheFiles() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.put(["open-text"], key: "open-key", of: stream)
                try await folder.streams.startEncryption()
                try await folder.streams.put(["hidden-text"], key: "hidden-key", of: stream)
                try await folder.streams.stopEncryption()
                try await folder.streams.put(["later-text"], key: "later-key", of: stream)
                let bytes = try allBytes(path)
                for text in ["open-text", "open-key", "later-text", "later-key"] { #expect(bytes.hold(text)) }
                for text in ["hidden-text", "hidden-key"] { #expect(!bytes.hold(text)) }
                // One read gives records of both kinds, and says which is which.
                #expect(try await folder.streams.texts() == ["open-text", "[hidden-text]", "later-text"])
                let keys = try await folder.streams.records().map(\.partitionKey)
                #expect(keys == ["open-key", "hidden-key", "later-key"])
            }
        }
    }

    @Test func aRestartReadsThemAndMakesAKeyOfItsOwn() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.use(path) { folder in
                let stream = try await folder.streams.makeStream(shards: 2)
                try await folder.streams.startEncryption()
                try await folder.streams.put(["one", "two"], of: stream)
                try await folder.streams.put(["three"], shard: 1, of: stream)
            }
            for run in 2...4 {
                try await DataFolder.use(path) { folder in
                    let stream = try await folder.streams.stream(name: "flights")
                    #expect(stream.settings.encryptionKeyID == "alias/a")
                    #expect(try await folder.streams.texts().prefix(2) == ["[one]", "[two]"])
                    #expect(try await folder.streams.texts(shard: 1) == ["[three]"])
                    // The third run puts nothing and needs no key.
                    if run != 3 { try await folder.streams.put(["run \(run)"], of: stream) }
                    let keys = try await folder.streams.catalogue.dataKeys()
                    #expect(keys.map(\.number) == Array(1...(run == 2 ? 2 : run == 3 ? 2 : 3)))
                }
            }
            try await DataFolder.use(path) { folder in
                #expect(try await folder.streams.texts() == ["[one]", "[two]", "[run 2]", "[run 4]"])
                let numbers = try await folder.streams.payloads().map(SealedPayload.keyNumber(of:))
                #expect(numbers == [1, 1, 2, 3])
            }
        }
    }

    /// What was read of the disk is not kept beside what it was decrypted to.
    @Test func whatIsReadKeepsNoCiphertext() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            try await folder.streams.startEncryption("alias/a")
            let texts = (0..<10).map { "text \($0)" }
            try await folder.streams.put(texts, of: stream)
            let records = try await folder.streams.records()
            #expect(records.map { String(buffer: $0.data) } == texts)
            #expect(records.buffers.map(\.readableBytes).reduce(0, +) < 10 * SealedPayload.overheadInBytes)
        }
    }

    @Test func keysGoByTheirNames() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            for (keyID, text) in [("alias/a", "1"), ("alias/b", "2"), ("alias/b", "3"), ("alias/a", "4")] {
                try await streams.startEncryption(keyID)
                try await streams.put([text], of: stream)
                try await streams.stopEncryption()
                try await streams.put(["plain"], of: stream)
            }
            let texts = try await streams.texts()
            #expect(texts == ["[1]", "plain", "[2]", "plain", "[3]", "plain", "[4]", "plain"])
            let keys = try await streams.catalogue.dataKeys()
            // However often the name goes to and fro.
            #expect(keys.map(\.keyID) == ["alias/a", "alias/b"])
            let numbers = try await streams.payloads().compactMap(SealedPayload.keyNumber(of:))
            #expect(numbers == [1, 2, 2, 1])
        }
    }

    @Test func noNonceComesTwice() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<20 {
                            try await streams.put(["\(writer) \(number)", "again"], of: stream)
                        }
                    }
                }
                // Meanwhile the name of the key changes, under the puts.
                for keyID in ["alias/a", "alias/b", "alias/c"] { try await streams.startEncryption(keyID) }
                try await group.waitForAll()
            }
            try await streams.put(["last"], of: stream)
            let sealed = try await streams.payloads().filter { SealedPayload.keyNumber(of: $0) != nil }
            let nonces = sealed.map { Array($0.readableBytesView.dropFirst().prefix(4 + 12)) }
            #expect(!nonces.isEmpty)
            #expect(Set(nonces).count == nonces.count)
            #expect(try await streams.records().count == 8 * 20 * 2 + 1)
        }
    }

    @Test func aKeyEncryptsOnlySoMany() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let masters = try MasterKeys(
                configured: .random(),
                names: DataFolderNames(path: "/nowhere"),
                fileSystem: EmptyFolder(),
                logger: quiet
            )
            let vault = StreamVault(
                stream,
                keys: [],
                masters: masters,
                catalogue: folder.streams.catalogue,
                time: ManualTime(),
                maximumRecordsPerKey: 3
            )
            func seal(_ count: Int) async throws(ServiceError) -> [UInt32?] {
                let record = NewRecord(shard: ShardID(0), partitionKey: "k", data: ByteBuffer(string: "d"))
                return try await vault.seal([NewRecord](repeating: record, count: count), keyID: "alias/a")
                    .map(SealedPayload.keyNumber(of:))
            }
            #expect(try await seal(2) == [1, 1])
            #expect(try await seal(1) == [1])
            #expect(try await seal(2) == [2, 2])
            // One is left, which is not enough.
            #expect(try await seal(2) == [3, 3])
            let refused = await serviceError { () async throws(ServiceError) in _ = try await seal(4) }
            #expect(refused?.code == .invalidArgument)
        }
    }

    @Test func aLargeBatchGoesTheSameWay() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            try await folder.streams.startEncryption()
            let texts = (0..<40).map { String(repeating: "\($0 % 10)", count: 10_000) }
            #expect(40 * 10_000 > StreamVault.maximumBytesOnCallersThread)
            try await folder.streams.put(texts, of: stream)
            #expect(try await folder.streams.readAll(of: stream).texts == texts)
        }
    }

    @Test func agedOutRecordsAreDroppedAsOthers() async throws {
        let time = ManualTime()
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 8 << 10
        try await withNewFolder(configuration: configuration, time: time) { folder in
            let stream = try await folder.streams.makeStream()
            try await folder.streams.startEncryption()
            try await folder.streams.put(["old"], of: stream)
            time.advance(hours: 13)
            try await folder.streams.put(["young"], of: stream)
            time.advance(hours: 12)
            #expect(try await folder.streams.texts() == ["[young]"])
            time.advance(hours: 24)
            try await folder.streams.enforceRetention()
            try await folder.streams.put(["new"], of: stream)
            #expect(try await folder.streams.texts() == ["[new]"])
            try await folder.streams.deleteStream(name: "flights")
            #expect(try await folder.streams.catalogue.dataKeys().isEmpty)
        }
    }
}

/// A folder with nothing in it.
private struct EmptyFolder: FileSystem {
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File { throw refusal(path) }
    func rename(_ path: String, to newPath: String) throws(FileError) { throw refusal(path) }
    func remove(_ path: String) throws(FileError) { throw refusal(path) }
    func list(_ directory: String) throws(FileError) -> [String] { [] }
    func addDirectory(_ path: String) throws(FileError) { throw refusal(path) }
    func syncName(ofDirectory path: String) throws(FileError) { throw refusal(path) }
    func removeDirectory(_ path: String) throws(FileError) { throw refusal(path) }
    func syncDirectory(_ path: String) throws(FileError) { throw refusal(path) }
    func lock(_ path: String) throws(FileError) -> (any FileLock)? { throw refusal(path) }

    private func refusal(_ path: String) -> FileError {
        FileError(operation: "open", path: path, code: SteppingFileSystem.inputOutputError)
    }
}
