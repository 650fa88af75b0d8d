import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a file is opened.
public enum FileMode: Sendable {
    /// An existing file, for reading.
    case read
    /// An existing file, for reading and writing.
    case readWrite
    /// For reading and writing; made when absent, emptied when present.
    case create
}

/// The file operations that durable state needs: the operating system's in production, a simulated disk in tests.
///
/// All calls block. Paths are the operating system's. A call that fails throws a ``FileError`` with the error number.
public protocol FileSystem: Sendable {
    /// Opens or makes a file. The handle is closed when the last reference to it goes.
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File

    /// Opens an open file a second time, by its path, for writes that go around the system's page cache; nil when that is not
    /// possible there, and when the path leads to another file by now.
    func openDirect(_ path: String, of file: any File) throws(FileError) -> (any DirectFile)?

    /// Gives a file another name, replacing a file of that name. Durable after ``syncDirectory(_:)``.
    func rename(_ path: String, to newPath: String) throws(FileError)

    /// Gives a file a second name, which must not be there. Durable after ``syncDirectory(_:)``. Not every file system can.
    func link(_ path: String, to newPath: String) throws(FileError)

    /// Removes a file's name. Open handles stay usable. Durable after ``syncDirectory(_:)``.
    func remove(_ path: String) throws(FileError)

    /// The names in a folder, without `.` and `..`, in ascending order.
    func list(_ directory: String) throws(FileError) -> [String]

    /// Adds a folder to one that is there. Durable after ``syncName(ofDirectory:)``; ``makeDirectory(_:)`` does both.
    ///
    /// ``FileError/isAlreadyThere``: there is a folder, or a file, of that name.
    func addDirectory(_ path: String) throws(FileError)

    /// Makes the name of a folder durable, as ``syncDirectory(_:)`` of the folder above it does. Throws when there is no folder
    /// of that name.
    func syncName(ofDirectory path: String) throws(FileError)

    /// Removes an empty folder.
    func removeDirectory(_ path: String) throws(FileError)

    /// Makes the names in a folder durable: those added, changed and removed before the call.
    func syncDirectory(_ path: String) throws(FileError)

    /// Takes the exclusive lock of a file, which is made when absent, without waiting; nil when another holds it.
    func lock(_ path: String) throws(FileError) -> (any FileLock)?
}

/// An open file. All calls block, and any thread may make them.
public protocol File: AnyObject, Sendable {
    /// Reads at an offset until the space is full or the file ends; answers how many bytes it read.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int

    /// Writes all bytes at an offset. When it throws, any part of them may have been written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError)

    /// Makes what was written durable: the data, and of the metadata what reading it back needs.
    ///
    /// After a failure nothing is known of what was written since the last success, and another call proves nothing.
    func dataSync() throws(FileError)

    /// As ``dataSync()``, and makes all metadata durable, a smaller size included.
    func sync() throws(FileError)

    /// Cuts or extends (with zeros) the file to a size.
    func truncate(to size: Int64) throws(FileError)

    /// The file's size in bytes.
    func size() throws(FileError) -> Int64

    /// How many names lead to the file.
    func linkCount() throws(FileError) -> Int
}

/// A file that is open for writes that go straight from memory to the disk (`O_DIRECT`), and leave nothing in the page cache. It
/// is the same file for those who read it otherwise, and for syncs: what was written is durable after ``File/dataSync()``.
public protocol DirectFile: AnyObject, Sendable {
    /// Places in the file, lengths and addresses in memory are multiples of it.
    var alignment: Int { get }

    /// Writes all bytes at an offset. When it throws, any part of them may have been written. ``FileError/isUnsupported``: the
    /// file system cannot after all, or wants a larger alignment.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError)
}

/// A lock that is held until it is released or the last reference to it goes.
public protocol FileLock: AnyObject, Sendable {
    /// Releases the lock. Later calls do nothing.
    func release()
}

extension File {
    /// Reads up to `count` bytes at an offset to the end of a buffer; answers how many bytes it read: fewer only at
    /// the end of the file.
    public func read(_ count: Int, at offset: Int64, into buffer: inout ByteBuffer) throws(FileError) -> Int {
        var result: Result<Int, FileError> = .success(0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            let space = UnsafeMutableRawBufferPointer(rebasing: space[..<count])
            do throws(FileError) {
                let read = try self.read(into: space, at: offset)
                result = .success(read)
                return read
            } catch {
                result = .failure(error)
                return 0
            }
        }
        return try result.get()
    }
}

extension FileSystem {
    /// Of a file system that has no way around its page cache.
    public func openDirect(_ path: String, of file: any File) throws(FileError) -> (any DirectFile)? { nil }

    /// Of a file system that has no second names.
    public func link(_ path: String, to newPath: String) throws(FileError) {
        throw FileError(operation: "link", path: newPath, code: ENOTSUP)
    }

    /// Makes a folder and those above it that are missing, durably.
    ///
    /// It may be there already. Its name is made durable then too: who made it may not have come to that. Of those above it
    /// that were there nothing is made durable.
    public func makeDirectory(_ path: String) throws(FileError) {
        do throws(FileError) {
            try addDirectoryIfAbsent(path)
        } catch {
            let parent = parentDirectory(of: path)
            guard error.isNotFound, parent != path else { throw error }
            try makeDirectory(parent)
            try addDirectoryIfAbsent(path)
        }
        try syncName(ofDirectory: path)
    }

    /// Makes the names of the folders above a path durable, as far as the path names them and that can be done: some of them may
    /// have been made by a process that ended before it came to that, or by a user.
    func syncNames(above path: String) {
        var folder = parentDirectory(of: path)
        while folder != parentDirectory(of: folder) {
            // None was made by this process: a file system far above that fails is no reason not to go on with one that does not.
            try? syncName(ofDirectory: folder)
            folder = parentDirectory(of: folder)
        }
    }

    private func addDirectoryIfAbsent(_ path: String) throws(FileError) {
        do throws(FileError) {
            try addDirectory(path)
        } catch {
            guard error.isAlreadyThere else { throw error }
        }
    }

    /// Removes a folder and the files in it, if it is there; folders in it are removed likewise. Durable.
    public func removeTree(_ path: String) throws(FileError) {
        let names: [String]
        do throws(FileError) {
            names = try list(path)
        } catch {
            if error.isNotFound { return }
            throw error
        }
        for name in names {
            let inner = "\(path)/\(name)"
            do throws(FileError) {
                try remove(inner)
            } catch {
                guard error.isDirectory else { throw error }
                try removeTree(inner)
            }
        }
        try removeDirectory(path)
        try syncDirectory(parentDirectory(of: path))
    }
}

/// The folder that holds a path: `.` when the path names none.
package func parentDirectory(of path: String) -> String {
    let trimmed = path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/") ? path.dropLast() : path[...]
    guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
}
