import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs histories of WHAT (log, leases or workers), from a seed that the clock gives, for MINUTES (10), or just the COUNT (1) from SEED on, with
/// TRACE=1 line by line; of applications of STREAMS (1) streams. Ends at the first that is wrong, and prints the command that runs it again.
///
/// WHAT=scale measures instead how up to WORKERS (1000), and ATLEAST (1) so many, share ten times as many leases; with a FEED
/// (yes or no), or both.
@main
struct Soak {
    static func main() {
        let what = text("WHAT") ?? "log"
        if what == "scale" {
            return ScaleTable.run(
                counts: Int(number("ATLEAST") ?? 1)...Int(number("WORKERS") ?? 1000),
                feeds: text("FEED").map { [$0 == "yes"] } ?? [true, false]
            )
        }
        guard let kind = HistoryKind(rawValue: what) else {
            print("There are no histories of \(what), but of: \(HistoryKind.allCases.map(\.rawValue))")
            exit(2)
        }
        if let seed = number("SEED") {
            repeatHistories(kind, seed..<seed + (number("COUNT") ?? 1))
        } else {
            runHistories(kind, minutes: number("MINUTES") ?? 10)
        }
    }

    private static func repeatHistories(_ kind: HistoryKind, _ seeds: Range<UInt64>) {
        var failed = 0
        for seed in seeds {
            let history = kind.run(seed: seed, isTold: number("TRACE") != nil, streams: streams)
            if !history.isSound || seeds.count == 1 { print("seed \(seed): \(history.description)") }
            failed += history.isSound ? 0 : 1
        }
        print("\(failed) failed")
        exit(failed == 0 ? 0 : 1)
    }

    private static func runHistories(_ kind: HistoryKind, minutes: UInt64) {
        let end = DispatchTime.now().uptimeNanoseconds + minutes * 60_000_000_000
        let firstSeed = UInt64(time(nil)) << 24
        let totals = Mutex(HistoryTotals())
        let workers = max(1, number("JOBS") ?? UInt64(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        DispatchQueue.concurrentPerform(iterations: Int(workers)) { worker in
            var seed = firstSeed + UInt64(worker)
            while DispatchTime.now().uptimeNanoseconds < end {
                let history = kind.run(seed: seed, streams: streams)
                if !history.isSound {
                    let again =
                        "make soak WHAT=\(kind.rawValue)\(streams > 1 ? " STREAMS=\(streams)" : "") SEED=\(seed)"
                    print("seed \(seed): \(history.description)\nIt comes again with:  \(again)")
                    exit(1)
                }
                totals.withLock { $0.add(history) }
                seed += workers
            }
        }
        print("\(minutes) minutes: \(totals.withLock(\.description))")
    }

    /// How many streams the applications of WHAT=leases read.
    private static var streams: Int { Int(number("STREAMS") ?? 1) }

    private static func text(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0) } }
}
