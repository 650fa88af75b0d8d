import NIOCore
import WeirMetrics
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the process uses of its machine. What the system does not tell is nil: memory and files are known on Linux
/// alone.
struct ProcessFigures: Sendable {
    /// Seconds of processor time, of the program and of the system for it.
    var processorSeconds: Double
    /// Bytes of memory.
    var residentBytes: UInt64?
    /// Bytes of address space.
    var virtualBytes: UInt64?
    /// Open files and sockets.
    var openFiles: Int?
    /// Open files and sockets, at most.
    var maximumFiles: Int

    /// The figures of this process now. It blocks for some microseconds.
    static var current: ProcessFigures {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        let pages = memoryPages
        let pageSize = UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
        return ProcessFigures(
            processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: pages.map { $0.resident * pageSize },
            virtualBytes: pages.map { $0.all * pageSize },
            // The folder itself was open while it was read.
            openFiles: (try? SystemFileSystem().list("/proc/self/fd")).map { $0.count - 1 },
            maximumFiles: OpenFileLimit.current
        )
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

    /// The first two numbers of `/proc/self/statm`.
    private static var memoryPages: (all: UInt64, resident: UInt64)? {
        var content = ByteBuffer()
        guard let file = try? SystemFileSystem().open("/proc/self/statm", .read),
            (try? file.read(256, at: 0, into: &content)) != nil
        else { return nil }
        let numbers = String(buffer: content).split(separator: " ").prefix(2).compactMap { UInt64($0) }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
}

extension MetricText {
    /// Writes the figures of the process, by the names that clients of Prometheus share. Source:
    /// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    mutating func write(_ figures: ProcessFigures, startedAt: Double) {
        begin("process_cpu_seconds_total", .counter, help: "Seconds of processor time.")
        sample(value: figures.processorSeconds)
        begin("process_start_time_seconds", .gauge, help: "When the server was started, in seconds since 1970.")
        sample(value: startedAt)
        begin("process_max_fds", .gauge, help: "Open files and sockets, at most.")
        sample(value: Double(figures.maximumFiles))
        if let openFiles = figures.openFiles {
            begin("process_open_fds", .gauge, help: "Open files and sockets.")
            sample(value: Double(openFiles))
        }
        if let bytes = figures.residentBytes {
            begin("process_resident_memory_bytes", .gauge, help: "Bytes of memory.")
            sample(value: Double(bytes))
        }
        if let bytes = figures.virtualBytes {
            begin("process_virtual_memory_bytes", .gauge, help: "Bytes of address space.")
            sample(value: Double(bytes))
        }
    }
}
