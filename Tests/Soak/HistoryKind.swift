import WeirConsumerSimulation
import WeirLogSimulation
import WeirSimulation

/// What there are histories of.
enum HistoryKind: String, CaseIterable {
    /// The log, on a simulated disk.
    case log
    /// Workers that share leases, in virtual time.
    case leases
    /// Whole workers, in virtual time.
    case workers

    /// - Parameters:
    ///   - isTold: whether what happens is printed, where a history can tell.
    ///   - streams: how many streams the application reads.
    func run(seed: UInt64, isTold: Bool = false, streams: Int = 1) -> any History {
        switch self {
        case .log: LogHistory.run(seed: seed)
        case .leases: LeaseHistory.run(seed: seed, streams: streams, trace: isTold ? { print($0) } : nil)
        case .workers: WorkerHistory.run(seed: seed, trace: isTold ? { @Sendable in print($0) } : nil)
        }
    }
}

/// What a seed came to.
protocol History {
    var violations: [String] { get }
    /// What happened in it, and how often.
    var counts: [(what: String, count: Int)] { get }
    var description: String { get }
}

extension History {
    var isSound: Bool { violations.isEmpty }
    var description: String { "\(self)" }
}

extension LogHistoryReport: History {
    var counts: [(what: String, count: Int)] {
        [
            ("restarts", restartCount), ("operations of the disk that failed", failureCount),
            ("entries acknowledged, none lost that may not be", acknowledgedCount), ("bytes packed", packedBytes),
            ("commits without zeros behind them", growthCount), ("lost before their sync", lostGrowthCount),
            ("files recycled", recycledCount), ("made ahead", preparedCount),
            ("starts that skipped indexes", skipCount),
        ]
    }
}

extension LeaseHistoryReport: History {
    var counts: [(what: String, count: Int)] {
        [
            ("shards", shardCount), ("records processed, none left out", processedCount),
            ("processed again", repeatedCount), ("leases taken", takenCount), ("lost", lostCount),
            ("writes of the table", updateCount),
        ]
    }
}

extension WorkerHistoryReport: History {
    var counts: [(what: String, count: Int)] {
        [
            ("shards", shardCount), ("records, none left out", recordCount),
            ("processed", totals.processed), ("of them again", totals.repeated),
            ("failures of handlers", totals.failures),
            ("put to the dead letters", totals.deadLetters), ("skipped", totals.skipped),
            ("checkpoints", totals.checkpoints),
        ]
    }
}

/// What many seeds came to.
struct HistoryTotals {
    private var histories = 0
    private var counts: [(what: String, count: Int)] = []

    mutating func add(_ history: any History) {
        histories += 1
        if counts.isEmpty { return counts = history.counts }
        for (index, more) in history.counts.enumerated() { counts[index].count += more.count }
    }

    var description: String {
        (["\(histories) histories"] + counts.map { "\($0.count) \($0.what)" }).joined(separator: ", ")
    }
}
