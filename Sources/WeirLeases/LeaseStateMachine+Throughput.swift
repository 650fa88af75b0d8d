// How workers share by what they deliver.
extension LeaseStateMachine {
    /// Workers of the KCL 2.x tell nothing, and even the number of leases among themselves: then everybody does.
    var goesByThroughput: Bool { configuration.balance == .throughput && entries.foreignCount == 0 }

    mutating func measured(_ throughputs: [String: Int64]) {
        guard configuration.balance == .throughput else { return }
        for (key, throughput) in throughputs where entries[key]?.tenure != nil {
            entries[key]?.tenure?.throughput = throughput
        }
    }

    /// What is said of a lease's throughput with a write that is made anyway: nothing while it is much as it was, so that the
    /// others do not follow each trifle.
    func throughputToTell(_ entry: LeaseEntry, with change: LeaseWrite.Change) -> Int64? {
        switch change {
        case .renew, .checkpoint, .prepare: break
        case .take, .transfer, .release, .requestHandOff, .withdrawHandOff: return nil
        }
        guard let measured = entry.tenure?.throughput else { return nil }
        guard let told = entry.lease.throughput else { return measured }
        return abs(measured - told) > max(told / 8, 1024) ? measured : nil
    }

    /// Asks the heaviest workers for leases, each for one that brings it and this one nearest together, once they are further
    /// apart than is tolerated; then until they are level.
    mutating func balanceByThroughput(_ candidates: [String: [String]], _ now: UInt64) {
        guard entries.weights.isBehind else { return }
        var candidates = candidates
        var moves = 0
        while moves < configuration.maximumMovesPerScan, entries.ownLoad < configuration.maximumLeases {
            let weights = entries.weights
            guard weights.weight(of: workerID) < weights.mean else { return }
            let tolerance = moves == 0 ? weights.tolerance : weights.tolerance / 4
            var chosen: (owner: String, key: String)?
            for owner in weights.heavier {
                let gap = weights.weight(of: owner) - weights.weight(of: workerID)
                guard gap > tolerance else { break }
                if let key = best(of: candidates[owner] ?? [], across: gap, weights) {
                    chosen = (owner, key)
                    break
                }
            }
            guard let (owner, key) = chosen else { return }
            candidates[owner]?.removeAll { $0 == key }
            write(.requestHandOff(to: workerID), key, now)
            moves += 1
        }
    }

    /// The lease whose move leaves the least of a gap; any of those that are equal.
    private mutating func best(of keys: [String], across gap: Int64, _ weights: LeaseWeights) -> String? {
        var best: [String] = []
        var rest = Int64.max
        for key in keys {
            guard let lease = entries[key]?.lease else { continue }
            let weight = weights.weight(of: lease)
            guard weights.isWorthwhile(weight, across: gap, tolerance: weights.tolerance) else { continue }
            let left = abs(gap - 2 * weight)
            if left < rest { (best, rest) = ([], left) }
            if left == rest { best.append(key) }
        }
        return best.randomElement(using: &random)
    }

    /// Whether it evens the load to hand a lease to the worker that asked for it. Half of what is asked of one who asks: the
    /// two may have looked at different moments.
    func evens(_ entry: LeaseEntry, handedTo requester: String) -> Bool {
        guard goesByThroughput else { return entries.ownLoad >= entries.loads[requester, default: 0] + 2 }
        let weights = entries.weights
        let gap = weights.weight(of: workerID) - weights.weight(of: requester)
        return gap > weights.tolerance / 8
            && weights.isWorthwhile(weights.weight(of: entry.lease), across: gap, tolerance: weights.tolerance / 2)
    }
}
