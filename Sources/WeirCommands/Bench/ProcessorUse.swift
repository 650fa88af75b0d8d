import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What processes have used of the processor since they began, and what all together: to tell how much was left for a
/// measurement. Only where the system tells it (Linux).
///
/// Source: https://man7.org/linux/man-pages/man5/proc.5.html
struct ProcessorUse: Sendable {
    /// Seconds of all cores together in which anything ran.
    var all: Double
    /// Seconds of our own processes.
    var own: Double
    /// Seconds of all cores together, idle ones too.
    var capacity: Double

    /// The use up to now by everybody, and by this process and others of ours; nil where it is not told.
    static func now(processIDs: [Int32]) -> ProcessorUse? {
        guard let text = read("/proc/stat"),
            let (all, capacity) = machine(text),
            let mine = read("/proc/self/stat").flatMap(process)
        else { return nil }
        let others = processIDs.reduce(0) { $0 + (read("/proc/\($1)/stat").flatMap(process) ?? 0) }
        return ProcessorUse(all: all, own: mine + others, capacity: capacity)
    }

    /// Which part of the machine others used since an earlier moment: 0 to 1.
    func foreignShare(since earlier: ProcessorUse) -> Double {
        let total = capacity - earlier.capacity
        guard total > 0 else { return 0 }
        return max(0, min(1, ((all - earlier.all) - (own - earlier.own)) / total))
    }

    /// Seconds that our own processes used since an earlier moment.
    func ownSeconds(since earlier: ProcessorUse) -> Double { own - earlier.own }

    /// The first line of `/proc/stat`: user, nice, system, idle, waiting for I/O, interrupts, stolen.
    static func machine(_ text: String) -> (all: Double, capacity: Double)? {
        guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        let capacity = ticks.reduce(0, +)
        return ((capacity - ticks[3] - ticks[4]) / ticksPerSecond, capacity / ticksPerSecond)
    }

    /// `/proc/PID/stat`: the name in brackets may hold anything; time in user and in system mode are the 12th and 13th
    /// behind it.
    static func process(_ text: String) -> Double? {
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / ticksPerSecond
    }

    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    private static func read(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }
}
