import WeirSimulation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Prints how many workers share many leases, in virtual time.
enum ScaleTable {
    private static let sizes = [(10, 100), (100, 1000), (300, 3000), (1000, 10_000)]

    /// - Parameters:
    ///   - counts: how many workers: only the sizes with so many.
    ///   - feeds: with a change feed, without one, or both.
    static func run(counts: ClosedRange<Int>, feeds: [Bool]) {
        print(
            "| workers × leases | feed | phase | all held after | even after | moves | writes | refused | scans |",
            "writes /s each | scans /s each |"
        )
        print("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for (workers, leases) in sizes where counts.contains(workers) {
            for hasFeed in feeds {
                let startedAt = clock()
                var scale = LeaseScale(workerCount: workers, leaseCount: leases, hasFeed: hasFeed)
                scale.run { phase in
                    print(
                        "| \(workers) × \(leases) | \(hasFeed ? "yes" : "no") | \(phase.name) |",
                        "\(seconds(phase.held)) | \(seconds(phase.even)) |",
                        "\(phase.moves) | \(phase.writes) | \(phase.refused) | \(phase.scans) |",
                        "\(rate(phase.writes, phase)) | \(rate(phase.scans, phase)) |"
                    )
                    fflush(nil)
                }
                for violation in scale.violations { print("WRONG: \(violation)") }
                let processorTime = Int(clock() - startedAt) / Int(CLOCKS_PER_SEC)
                print("(\(workers) × \(leases): \(processorTime) s of processor time, \(peakMemory) MiB at most)")
            }
        }
    }

    /// Of the whole process so far.
    private static var peakMemory: Int {
        var usage = rusage()
        // RUSAGE_SELF, which has another type in each C library.
        getrusage(0, &usage)
        #if canImport(Darwin)
            return usage.ru_maxrss >> 20
        #else
            return usage.ru_maxrss >> 10
        #endif
    }

    private static func seconds(_ time: UInt64) -> String { "\(tenths(time / 100_000_000)) s" }

    /// Calls a second of each worker, as long as the phase took; of one that was over at once it says nothing.
    private static func rate(_ count: Int, _ phase: LeaseScale.Phase) -> String {
        guard phase.even >= 1_000_000_000 else { return "–" }
        let thousandths = UInt64(count) * 1000 * 1_000_000_000 / phase.even / UInt64(phase.workers)
        return "\(thousandths / 1000).\(String(String(1000 + thousandths % 1000).dropFirst().prefix(2)))"
    }

    private static func tenths(_ value: UInt64) -> String { "\(value / 10).\(value % 10)" }
}
