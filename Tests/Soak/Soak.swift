import Dispatch
import Synchronization
import WeirLogSimulation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs histories of the log on a simulated disk for MINUTES (10), from a seed that the clock gives, or just the COUNT (1) from SEED on. Ends
/// at the first that is wrong, and prints the command that runs it again.
@main
struct Soak {
    fileprivate struct Totals {
        var histories = 0
        var acknowledged = 0
        var restarts = 0
        var failures = 0
    }

    static func main() {
        if let seed = number("SEED") {
            var failed = 0
            for seed in seed..<seed + (number("COUNT") ?? 1) {
                let report = LogHistory.run(seed: seed)
                if !report.violations.isEmpty || number("COUNT") == nil { print("seed \(seed): \(report)") }
                failed += report.violations.isEmpty ? 0 : 1
            }
            print("\(failed) failed")
            exit(failed == 0 ? 0 : 1)
        }
        let minutes = number("MINUTES") ?? 10
        let start = DispatchTime.now().uptimeNanoseconds
        let end = start + minutes * 60_000_000_000
        let firstSeed = UInt64(time(nil)) << 24
        let totals = Mutex(Totals())
        let workers = max(1, number("JOBS") ?? UInt64(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        DispatchQueue.concurrentPerform(iterations: Int(workers)) { worker in
            var seed = firstSeed + UInt64(worker)
            while DispatchTime.now().uptimeNanoseconds < end {
                let report = LogHistory.run(seed: seed)
                if !report.violations.isEmpty {
                    print("seed \(seed): \(report)\nIt comes again with:  make soak SEED=\(seed)")
                    exit(1)
                }
                totals.withLock { $0.add(report) }
                seed += workers
            }
        }
        print(totals.withLock { $0.description(minutes: minutes) })
    }

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}

extension Soak.Totals {
    fileprivate mutating func add(_ report: LogHistoryReport) {
        histories += 1
        acknowledged += report.acknowledgedCount
        restarts += report.restartCount
        failures += report.failureCount
    }

    fileprivate func description(minutes: UInt64) -> String {
        """
        \(minutes) minutes: \(histories) histories, \(restarts) restarts, \(failures) operations of the disk that failed, \
        \(acknowledged) entries acknowledged, none lost that may not be
        """
    }
}
