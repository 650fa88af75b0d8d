import NIOCore
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The key that wraps the others: given to the server, or the folder's own.
@Suite struct MasterKeyTests {
    /// Makes a folder with one encrypted record.
    func make(_ path: String, masterKey: MasterKey? = nil) async throws {
        try await DataFolder.use(path, masterKey: masterKey) { folder in
            let stream = try await folder.streams.makeStream()
            try await folder.streams.startEncryption()
            try await folder.streams.put(["secret"], of: stream)
            _ = try await folder.streams.makeStream("plain")
        }
    }

    func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
        let file = try SystemFileSystem().open(path, .create)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        #expect(chmod(path, mode) == 0)
    }

    @Test func theFoldersOwnKeyIsMadeWhenItIsNeededAndIsPrivate() async throws {
        try await withTemporaryPath { path in
            let file = "\(path)/encryption.key"
            try await DataFolder.use(path) { _ in #expect(access(file, F_OK) != 0) }
            try await make(path)
            var status = stat()
            #expect(stat(file, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(status.st_size == 32)
        }
    }

    @Test func withoutTheKeyTheFolderIsRefusedAndNothingIsLost() async throws {
        try await withTemporaryPath { path in
            try await make(path)
            let key = try MasterKey(path: "\(path)/encryption.key")
            try SystemFileSystem().remove("\(path)/encryption.key")
            let before = try allBytes("\(path)/streams")
            let missing = await DataFolder.refusal(path)
            #expect(missing?.code == .encryptionKey)
            #expect(
                missing?.message == """
                    The data folder \(path) has streams with encrypted records (flights), and their key is missing: no key \
                    was given (--encryption-key), and the folder has none that fits. No record and no key was \
                    changed.
                    """
            )
            let wrong = await DataFolder.refusal(path, masterKey: .random())
            #expect(wrong?.code == .encryptionKey)
            #expect(
                wrong?.message.contains("(flights), and their key is missing: the key that was given is another")
                    == true
            )
            #expect(try allBytes("\(path)/streams") == before)
            #expect(try await DataFolder.texts(path, masterKey: key) == ["[secret]"])
        }
    }

    @Test func aGivenKeyIsNotKeptInTheFolder() async throws {
        try await withTemporaryPath { path in
            let key = MasterKey.random()
            try await make(path, masterKey: key)
            #expect(access("\(path)/encryption.key", F_OK) != 0)
            #expect(!(try allBytes(path)).contains(key.bytes))
            #expect(await DataFolder.refusal(path)?.code == .encryptionKey)
            #expect(try await DataFolder.texts(path, masterKey: key) == ["[secret]"])
        }
    }

    @Test func aGivenKeyTakesOverFromTheFoldersOwn() async throws {
        try await withTemporaryPath { path in
            try await make(path)
            let key = MasterKey.random()
            #expect(try await DataFolder.texts(path, masterKey: key) == ["[secret]"])
            // From then on the folder's own is needed no more.
            try SystemFileSystem().remove("\(path)/encryption.key")
            try await DataFolder.use(path, masterKey: key) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                try await folder.streams.put(["another"], of: stream)
                #expect(try await folder.streams.texts() == ["[secret]", "[another]"])
            }
        }
    }

    @Test(arguments: [0, 31, 33, 4096])
    func aFileOfAnotherLengthIsRefused(count: Int) async throws {
        try await withTemporaryPath { path in
            try await make(path)
            try write([UInt8](repeating: 7, count: count), to: "\(path)/encryption.key")
            let error = await DataFolder.refusal(path)
            #expect(error?.code == .encryptionKey)
            let file = "\(path)/encryption.key"
            let reason =
                count > 32 ? "\(file): it is longer than 32 bytes" : "it is \(count) bytes long, and a key has 32"
            #expect(error?.message == "The file \(file) cannot be the encryption key: \(reason)")
        }
    }

    @Test func aFileThatIsNotNeededMayBeUnusable() async throws {
        try await withTemporaryPath { path in
            let file = "\(path)/encryption.key"
            try await make(path)
            let (key, own) = (MasterKey.random(), try MasterKey(path: file))
            try write([7], to: file)
            // As long as a row needs it, the start fails, and says why.
            let needed = await DataFolder.refusal(path, masterKey: key)
            #expect(needed?.code == .encryptionKey)
            #expect(needed?.message.contains("it is 1 bytes long") == true)
            try write(own.bytes, to: file)
            #expect(try await DataFolder.texts(path, masterKey: key) == ["[secret]"])
            try SystemFileSystem().remove(file)
            try write([7], to: file)
            #expect(try await DataFolder.texts(path, masterKey: key) == ["[secret]"])
            #expect(await DataFolder.refusal(path)?.message == needed?.message)
        }
    }

    @Test func aFileThatOthersMayReadIsRefused() async throws {
        try await withTemporaryPath { path in
            try SystemFileSystem().makeDirectory(path)
            let file = "\(path)/key"
            try write([UInt8](repeating: 7, count: 32), to: file, mode: 0o644)
            #expect {
                try MasterKey(path: file)
            } throws: { error in
                "\(error)".contains("every user of this machine may read or change it: chmod 600 \(file)")
            }
            try write([UInt8](repeating: 7, count: 32), to: file, mode: 0o640)
            #expect(try MasterKey(path: file).bytes == [UInt8](repeating: 7, count: 32))
            #expect(throws: DataFolderError.self) { try MasterKey(path: path) }
            #expect(throws: DataFolderError.self) { try MasterKey(path: "\(path)/absent") }
        }
    }

    @Test func aKeyHasThirtyTwoBytes() {
        #expect(MasterKey([UInt8](repeating: 1, count: 31)) == nil)
        #expect(MasterKey([UInt8](repeating: 1, count: 33)) == nil)
        #expect(MasterKey([UInt8](repeating: 1, count: 32)) != nil)
    }
}

extension [UInt8] {
    /// Whether other bytes are among these.
    fileprivate func contains(_ wanted: [UInt8]) -> Bool {
        guard count >= wanted.count else { return false }
        return (0...(count - wanted.count)).contains { self[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}
