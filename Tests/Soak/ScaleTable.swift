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

    /// - Parameter largest: how many workers at most.
    static func run(largest: Int) {
        print("| workers × leases | feed | phase | all held after | even after | moves | writes | refused | scans |")
        print("|---|---|---|--:|--:|--:|--:|--:|--:|")
        for (workers, leases) in sizes where workers <= largest {
            for hasFeed in [true, false] {
                var scale = LeaseScale(workerCount: workers, leaseCount: leases, hasFeed: hasFeed)
                scale.run { phase in
                    print(
                        "| \(workers) × \(leases) | \(hasFeed ? "yes" : "no") | \(phase.name) |",
                        "\(seconds(phase.held)) | \(seconds(phase.even)) |",
                        "\(phase.moves) | \(phase.writes) | \(phase.refused) | \(phase.scans) |"
                    )
                }
                fflush(nil)
                for violation in scale.violations { print("WRONG: \(violation)") }
            }
        }
    }

    private static func seconds(_ time: UInt64) -> String {
        "\(time / 1_000_000_000).\(time / 100_000_000 % 10) s"
    }
}
