import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Makes an empty folder.
package func makeTemporaryFolder() throws -> String {
    var template = Array("/tmp/weir-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError(operation: "mkdtemp", path: "/tmp", code: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Removes a folder and all in it, as far as that can be done. Nothing is synced.
package func removeFolder(_ path: String) {
    let files = SystemFileSystem()
    if let names = try? files.list(path) {
        for name in names { removeFolder("\(path)/\(name)") }
        try? files.removeDirectory(path)
    } else {
        try? files.remove(path)
    }
}
