import NIOCore
import Testing

@testable import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct SystemFileSystemTests {
    let fileSystem = SystemFileSystem()

    @Test func writesAreReadBack() throws {
        try withTemporaryFolder { folder in
            let file = try fileSystem.open("\(folder)/a", .create)
            try [UInt8](0..<200).withUnsafeBytes { try file.write($0, at: 100) }
            try file.dataSync()
            try file.sync()
            #expect(try file.size() == 300)

            var buffer = ByteBuffer(string: "kept")
            #expect(try file.read(250, at: 98, into: &buffer) == 202)
            #expect(Array(buffer.readableBytesView) == Array("kept".utf8) + [0, 0] + Array(0..<200))
            #expect(try file.read(1, at: 300, into: &buffer) == 0)

            try file.truncate(to: 50)
            #expect(try file.size() == 50)
        }
    }

    /// Whether the file system of temporary folders has writes around the page cache. Some take the flag and refuse the writes.
    private static let writesDirectly = Result {
        try withTemporaryFolder { folder in
            let file = try SystemFileSystem().open("\(folder)/a", .create)
            guard let direct = try SystemFileSystem().openDirect("\(folder)/a", of: file) else { return false }
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: direct.alignment,
                alignment: direct.alignment
            )
            defer { memory.deallocate() }
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            do throws(FileError) {
                try direct.write(UnsafeRawBufferPointer(memory), at: 0)
                return true
            } catch {
                if error.isUnsupported { return false }
                throw error
            }
        }
    }

    @Test(.enabled("the file system of /tmp has no direct writes") { try SystemFileSystemTests.writesDirectly.get() })
    func directWritesAreReadBack() throws {
        try withTemporaryFolder { folder in
            let file = try fileSystem.open("\(folder)/a", .create)
            try [UInt8](repeating: 1, count: 10_000).withUnsafeBytes { try file.write($0, at: 0) }
            let direct = try #require(try fileSystem.openDirect("\(folder)/a", of: file))
            let count = 2 * direct.alignment
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * count, alignment: direct.alignment)
            defer { memory.deallocate() }
            memory.initializeMemory(as: UInt8.self, repeating: 2)
            try direct.write(UnsafeRawBufferPointer(rebasing: memory[..<count]), at: Int64(direct.alignment))
            try file.dataSync()
            var buffer = ByteBuffer()
            _ = try file.read(20_000, at: 0, into: &buffer)
            let end = 3 * direct.alignment
            let expected = [UInt8](repeating: 1, count: direct.alignment) + [UInt8](repeating: 2, count: count)
            #expect(Array(buffer.readableBytesView.prefix(end)) == expected)
            #expect(try file.size() == Int64(max(end, 10_000)))
        }
    }

    @Test func nothingIsThereToWriteDirectly() throws {
        try withTemporaryFolder { folder in
            let file = try fileSystem.open("\(folder)/a", .create)
            #if os(Linux)
                let error = #expect(throws: FileError.self) { try fileSystem.openDirect("\(folder)/none", of: file) }
                #expect(error?.isNotFound == true)
            #else
                #expect(try fileSystem.openDirect("\(folder)/none", of: file) == nil)
            #endif
        }
    }

    /// A folder that was moved away under a server, and a copy in its place.
    @Test func anotherFileOfTheSameNameIsNotWrittenDirectly() throws {
        try withTemporaryFolder { folder in
            let file = try fileSystem.open("\(folder)/a", .create)
            try fileSystem.rename("\(folder)/a", to: "\(folder)/b")
            _ = try fileSystem.open("\(folder)/a", .create)
            #expect(try fileSystem.openDirect("\(folder)/a", of: file) == nil)
        }
    }

    @Test func createEmptiesAndReadWriteKeeps() throws {
        try withTemporaryFolder { folder in
            try write("12345", to: "\(folder)/a")
            #expect(try fileSystem.open("\(folder)/a", .readWrite).size() == 5)
            #expect(try fileSystem.open("\(folder)/a", .create).size() == 0)
        }
    }

    @Test func missingFileIsNotFound() throws {
        try withTemporaryFolder { folder in
            for mode in [FileMode.read, .readWrite] {
                let error = #expect(throws: FileError.self) { try fileSystem.open("\(folder)/none", mode) }
                #expect(error?.isNotFound == true)
                #expect(error?.description == "open \(folder)/none: No such file or directory")
            }
        }
    }

    @Test func readOnlyFileRefusesWrites() throws {
        try withTemporaryFolder { folder in
            try write("1", to: "\(folder)/a")
            let file = try fileSystem.open("\(folder)/a", .read)
            let error = #expect(throws: FileError.self) { try [UInt8(1)].withUnsafeBytes { try file.write($0, at: 0) } }
            #expect(error?.operation == "pwrite")
        }
    }

    @Test func namesAreListedInOrder() throws {
        try withTemporaryFolder { folder in
            for name in ["c", "a", "b"] { try write(name, to: "\(folder)/\(name)") }
            try fileSystem.rename("\(folder)/a", to: "\(folder)/d")
            try fileSystem.remove("\(folder)/b")
            try fileSystem.syncDirectory(folder)
            #expect(try fileSystem.list(folder) == ["c", "d"])
        }
    }

    @Test func removedFileStaysReadable() throws {
        try withTemporaryFolder { folder in
            try write("still here", to: "\(folder)/a")
            let file = try fileSystem.open("\(folder)/a", .read)
            try fileSystem.remove("\(folder)/a")
            var buffer = ByteBuffer()
            #expect(try file.read(100, at: 0, into: &buffer) == 10)
            #expect(String(buffer: buffer) == "still here")
        }
    }

    @Test func foldersAreMadeWithTheirParents() throws {
        try withTemporaryFolder { folder in
            try fileSystem.makeDirectory("\(folder)/x/y/z")
            try fileSystem.makeDirectory("\(folder)/x/y/z")
            try write("1", to: "\(folder)/x/y/z/file")
            #expect(throws: FileError.self) { try fileSystem.makeDirectory("\(folder)/x/y/z/file") }
            #expect(throws: FileError.self) { try fileSystem.removeDirectory("\(folder)/x") }

            try fileSystem.removeTree("\(folder)/x")
            #expect(try fileSystem.list(folder) == [])
            try fileSystem.removeTree("\(folder)/x")
        }
    }

    @Test func aFolderThatIsThereMayBeMadeAgain() throws {
        try withTemporaryFolder { folder in
            try fileSystem.addDirectory("\(folder)/a")
            let error = #expect(throws: FileError.self) { try fileSystem.addDirectory("\(folder)/a") }
            #expect(error?.isAlreadyThere == true)
            let missing = #expect(throws: FileError.self) { try fileSystem.addDirectory("\(folder)/b/c") }
            #expect(missing?.isNotFound == true)
            for path in ["\(folder)/a", "\(folder)/a/", "."] { try fileSystem.makeDirectory(path) }
            #expect(symlink("\(folder)/a", "\(folder)/link") == 0)
            try fileSystem.makeDirectory("\(folder)/link")
            #expect(symlink("\(folder)/gone", "\(folder)/dangling") == 0)
            #expect(throws: FileError.self) { try fileSystem.makeDirectory("\(folder)/dangling/a") }
        }
    }

    @Test func theNameOfAFolderIsSynced() throws {
        try withTemporaryFolder { folder in
            try fileSystem.syncName(ofDirectory: folder)
            // What another file system is mounted in need not be able to sync.
            try fileSystem.syncName(ofDirectory: "/dev")
            let error = #expect(throws: FileError.self) { try fileSystem.syncName(ofDirectory: "\(folder)/none") }
            #expect(error?.isNotFound == true)
            try write("1", to: "\(folder)/file")
            #expect(throws: FileError.self) { try fileSystem.syncName(ofDirectory: "\(folder)/file") }
        }
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a/b/", "/a"), ("/a", "/"), ("/", "/"), ("a", "."), ("a/b", "a"), ("a/", "."),
    ])
    func parentFolders(path: String, parent: String) {
        #expect(parentDirectory(of: path) == parent)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try fileSystem.open(path, .create)
        try Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
    }
}

@Suite struct FolderLockTests {
    @Test func excludesASecondHolder() throws {
        try withTemporaryFolder { folder in
            let data = "\(folder)/data"
            let first = try #require(try FolderLock.acquire(directory: data))
            #expect(try FolderLock.acquire(directory: data) == nil)
            first.release()
            first.release()
            let second = try FolderLock.acquire(directory: data)
            #expect(second != nil)
            #expect(try FolderLock.acquire(directory: data) == nil)
            withExtendedLifetime(second) {}
        }
    }

    @Test func isReleasedWithItsHolder() throws {
        try withTemporaryFolder { folder in
            do {
                let lock = try FolderLock.acquire(directory: folder)
                #expect(lock != nil)
            }
            #expect(try FolderLock.acquire(directory: folder) != nil)
        }
    }

    @Test func unusableFolderIsAnError() throws {
        try withTemporaryFolder { folder in
            _ = try SystemFileSystem().open("\(folder)/file", .create)
            #expect(throws: FileError.self) { try FolderLock.acquire(directory: "\(folder)/file") }
        }
    }
}

/// Runs with a new folder, which is removed afterwards.
func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = "/tmp/weir-runtime-\(UInt64.random(in: 0 ... .max))"
    try SystemFileSystem().makeDirectory(folder)
    defer { try? SystemFileSystem().removeTree(folder) }
    return try body(folder)
}
