#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many files and sockets the process may have open, and how many of them connections may take.
public enum OpenFileLimit {
    /// Counted with where the system has no limit, or one that no machine reaches.
    static let maximum = 1 << 20
    /// Open files that are left to the log and to the process, at least.
    static let minimumReserve = 64

    /// The limit of this process now.
    static var current: Int {
        let limit = sysconf(Int32(_SC_OPEN_MAX))
        return limit > 0 ? min(limit, maximum) : maximum
    }

    /// Raises the limit of this process to what the system lets it have, which on many is far more than it begins with: each
    /// connection, log and open segment is one file. Call it before a server's configuration is made. It does nothing where the
    /// system refuses. Source: https://man7.org/linux/man-pages/man2/getrlimit.2.html
    public static func raise() {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        #if canImport(Darwin)
            // More than that is refused there, whatever the limit says.
            limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(OPEN_MAX)))
        #else
            limit.rlim_cur = limit.rlim_max
        #endif
        _ = setrlimit(resource, &limit)
    }

    /// Connections that a server with a limit of open files takes, at most: a quarter of the files, and no fewer than
    /// ``minimumReserve``, are left to the log. At least one connection is taken.
    static func connectionCount(openFiles: Int) -> Int { max(1, openFiles - max(openFiles / 4, minimumReserve)) }
}
