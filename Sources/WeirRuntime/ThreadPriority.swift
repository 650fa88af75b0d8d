#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How much of the processors a thread gets when others want them too.
package enum ThreadPriority {
    /// Nice values of others: 0. This leaves the thread about a tenth beside one of them.
    private static let nice: CInt = 10

    /// Lets the calling thread come after the others of the process.
    package static func lowerOwn() {
        #if os(Linux)
            // PRIO_PROCESS, which libraries declare as different types. On Linux it means a thread, and 0 the calling one. Where it
            // is refused, the thread is as the others.
            _ = setpriority(0, 0, nice)
        #else
            _ = pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
        #endif
    }

    /// Lets threads that wait for a processor go first. A low priority alone does not: whoever runs may do so for some milliseconds
    /// before the system looks who else wants to.
    package static func giveWay() { sched_yield() }
}
