#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The operating system's files.
public struct SystemFileSystem: FileSystem {
    /// The operating system's files.
    public init() {}

    public func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        return SystemFile(descriptor: try SystemCalls.open(path, flags), path: path)
    }

    public func openDirect(_ path: String, of file: any File) throws(FileError) -> (any DirectFile)? {
        #if os(Linux)
            let direct: SystemDirectFile
            do throws(FileError) {
                let descriptor = try SystemCalls.open(path, O_WRONLY | openDirectFlag)
                direct = SystemDirectFile(descriptor: descriptor, path: path)
            } catch {
                if error.isUnsupported { return nil }
                throw error
            }
            guard let file = file as? SystemFile, try direct.identity() == file.identity() else { return nil }
            return direct
        #else
            return nil
        #endif
    }

    public func rename(_ path: String, to newPath: String) throws(FileError) { try SystemCalls.rename(path, newPath) }

    public func link(_ path: String, to newPath: String) throws(FileError) { try SystemCalls.link(path, newPath) }

    public func remove(_ path: String) throws(FileError) { try SystemCalls.unlink(path) }

    public func list(_ directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else {
            throw FileError(operation: "opendir", path: directory, code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw FileError(operation: "readdir", path: directory, code: errno) }
                return names.sorted()
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    public func addDirectory(_ path: String) throws(FileError) {
        if mkdir(path, mode_t(0o755)) != 0 { throw FileError(operation: "mkdir", path: path, code: errno) }
    }

    /// Where the folder above may not be read, its names cannot be synced, and nothing is done.
    public func syncName(ofDirectory path: String) throws(FileError) {
        // That of the folder itself, where the path leads to a link to it.
        let parentPath = "\(path)/.."
        let folderStatus: stat
        let parent: Int32
        do throws(FileError) {
            folderStatus = try SystemCalls.status(path)
            parent = try SystemCalls.retry("open", parentPath) { openDirectory(parentPath) }
        } catch {
            guard error.isPermissionDenied else { throw error }
            return
        }
        defer { close(parent) }
        // Where a file system is mounted, the name is none of its own, and what it is mounted in may not be able to sync.
        guard try SystemCalls.status(parent, parentPath).st_dev == folderStatus.st_dev else { return }
        _ = try SystemCalls.retry("fsync", parentPath) { fsync(parent) }
    }

    public func removeDirectory(_ path: String) throws(FileError) { try SystemCalls.removeDirectory(path) }

    public func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = try SystemCalls.retry("open", path) { openDirectory(path) }
        defer { close(descriptor) }
        _ = try SystemCalls.retry("fsync", path) { fsync(descriptor) }
    }

    public func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        let descriptor = try SystemCalls.open(path, O_RDWR | O_CREAT)
        do throws(FileError) {
            if try SystemCalls.tryLock(descriptor, path) { return SystemFileLock(descriptor: descriptor) }
        } catch {
            close(descriptor)
            throw error
        }
        close(descriptor)
        return nil
    }
}

#if os(Linux)
    /// `O_DIRECT`, which the C library shows only to GNU programs: `fcntl.h` of the kernel's `asm-generic`, and of `arm` and `arm64`.
    #if arch(arm64) || arch(arm)
        private let openDirectFlag: Int32 = 0o200000
    #elseif arch(powerpc64) || arch(powerpc64le)
        private let openDirectFlag: Int32 = 0o400000
    #else
        private let openDirectFlag: Int32 = 0o40000
    #endif
#endif

private func openDirectory(_ path: String) -> Int32 { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
