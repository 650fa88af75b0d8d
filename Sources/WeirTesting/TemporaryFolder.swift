import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A new folder of this process alone, in the system's place for temporary files.
struct TemporaryFolder: Sendable {
    /// Where it is.
    let path: String

    /// Makes the folder.
    init() throws(FileError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/weir-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError(operation: "mkdtemp", path: parent, code: errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the folder and all in it, as far as that can be done.
    func remove() { Self.remove(path, SystemFileSystem()) }

    private static func remove(_ path: String, _ files: SystemFileSystem) {
        if let names = try? files.list(path) {
            for name in names { remove("\(path)/\(name)", files) }
            try? files.removeDirectory(path)
        } else {
            try? files.remove(path)
        }
    }
}
