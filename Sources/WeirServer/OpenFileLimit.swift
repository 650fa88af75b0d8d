#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many files and sockets the process may have open, and how many of them connections may take.
enum OpenFileLimit {
    /// Counted with where the system has no limit, or one that no machine reaches.
    static let maximum = 1 << 20
    /// Open files that are left to the log and to the process, at least.
    static let minimumReserve = 64

    /// The limit of this process now.
    static var current: Int {
        let limit = sysconf(Int32(_SC_OPEN_MAX))
        return limit > 0 ? min(limit, maximum) : maximum
    }

    /// Connections that a server with a limit of open files takes, at most: a quarter of the files, and no fewer than
    /// ``minimumReserve``, are left to the log. At least one connection is taken.
    static func connectionCount(openFiles: Int) -> Int { max(1, openFiles - max(openFiles / 4, minimumReserve)) }
}
