extension ApplicationReport {
    /// The report as tables for people.
    var lines: [String] {
        var lines = ["\(application) reads \(stream)", ""]
        var workers = TextTable(["WORKER", "KIND", "LEASES", "BEHIND", "SEEN"])
        for worker in self.workers {
            workers.add([
                worker.worker, worker.isWeir ? "weir" : "kcl", "\(worker.leaseCount)", Self.text(worker.millisBehind),
                worker.isSeen.map { $0 ? "yes" : "no" } ?? "?",
            ])
        }
        lines += self.workers.isEmpty ? ["no worker holds a lease"] : workers.lines
        var shards = TextTable(["SHARD", "STATE", "BEHIND", "CHECKPOINT", "WORKER"])
        for shard in self.shards {
            shards.add([
                shard.shardID, shard.state.rawValue.lowercased(),
                shard.state == .ended ? "-" : shard.problem ?? Self.text(shard.millisBehind), shard.checkpoint ?? "-",
                shard.worker ?? "-",
            ])
        }
        lines += [""] + shards.lines + [""]
        lines += holes.map { "hole: hash keys \($0.startingHashKey) to \($0.endingHashKey) have no lease" }
        return lines + [summary]
    }

    private var summary: String {
        func count(_ state: State) -> Int { shards.count { $0.state == state } }
        return "\(workers.count) workers, \(count(.held)) leases held, \(count(.unowned)) unowned, "
            + "\(count(.ended)) ended, \(count(.unleased)) shards without a lease, \(holes.count) holes"
    }

    private static func text(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "?" }
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }
}
