extension ApplicationReport {
    /// The report as tables for people.
    var lines: [String] {
        var lines = ["\(application) reads \(stream)", ""] + Self.lines(of: workers)
        lines += [""] + shardLines.dropLast(holes.count) + [""] + shardLines.suffix(holes.count)
        return lines + [Self.summary(workers, [self])]
    }

    static func lines(of workers: [WorkerLine]) -> [String] {
        guard !workers.isEmpty else { return ["no worker holds a lease"] }
        // Workers that share by throughput tell it.
        let tell = workers.contains { $0.bytesPerSecond != nil }
        var table = TextTable(["WORKER", "KIND", "LEASES"] + (tell ? ["KIB/S"] : []) + ["BEHIND", "SEEN"])
        for worker in workers {
            let throughput = worker.bytesPerSecond.map { "\($0 / 1024)" } ?? "?"
            table.add(
                [worker.worker, worker.isWeir ? "weir" : "kcl", "\(worker.leaseCount)"] + (tell ? [throughput] : []) + [
                    text(worker.millisBehind), worker.isSeen.map { $0 ? "yes" : "no" } ?? "?",
                ]
            )
        }
        return table.lines
    }

    /// The shards, then the holes.
    var shardLines: [String] {
        var table = TextTable(["SHARD", "STATE", "BEHIND", "CHECKPOINT", "WORKER"])
        for shard in shards {
            table.add([
                shard.shardID, shard.state.rawValue.lowercased(),
                shard.state == .ended ? "-" : shard.problem ?? Self.text(shard.millisBehind), shard.checkpoint ?? "-",
                shard.worker ?? "-",
            ])
        }
        return table.lines
            + holes.map { "hole: hash keys \($0.startingHashKey) to \($0.endingHashKey) have no lease" }
    }

    static func summary(_ workers: [WorkerLine], _ streams: [ApplicationReport]) -> String {
        func count(_ state: State) -> Int { streams.reduce(0) { $0 + $1.shards.count { $0.state == state } } }
        let holes = streams.reduce(0) { $0 + $1.holes.count }
        return "\(workers.count) workers, \(count(.held)) leases held, \(count(.unowned)) unowned, "
            + "\(count(.ended)) ended, \(count(.unleased)) shards without a lease, \(holes) holes"
    }

    private static func text(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "?" }
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }
}
