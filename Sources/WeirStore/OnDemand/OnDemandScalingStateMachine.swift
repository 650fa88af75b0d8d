import WeirModel

/// Fits the shards of a stream on demand to their load: no clock, no I/O.
///
/// A shard that was above half of what a shard takes for a minute is split, so that the stream always takes about double its
/// peak; two neighbours that were each far below it for a day are merged. Between the two lies a wide band in which
/// nothing happens, and what was split or merged is watched anew from then on, so that no load makes the shards go to and fro.
///
/// All times are nanoseconds of one clock that only goes forward.
///
/// Source: https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
struct OnDemandScalingStateMachine {
    /// Two neighbours to merge, by ascending hash key.
    struct Pair: Hashable {
        let lower: ShardID
        let upper: ShardID
    }

    /// What is to be done.
    enum Decision: Hashable {
        case keep
        /// Split these, each in its middle.
        case split([ShardID])
        case merge([Pair])
        /// So many shards of equal size, at least so many as are to be kept ready.
        case scale(to: Int)
    }

    private struct History {
        /// The part of a shard's throughput that was used last.
        var usage = 0.0
        /// Since when it has been near its limits.
        var hotSince: UInt64?
        /// Since when it has been far from them.
        var coldSince: UInt64
        /// The other shard that its parent was split into.
        var sibling: ShardID?
        /// How many splits before it, one after the other, left the load with one of the children.
        var futileSplits = 0
        /// What that is for its children, when it is split as was decided.
        var futileSplitsOfChildren: Int?
    }

    /// How many shards the load asked for, at most.
    private struct Need {
        /// When the quiet time began that is under way.
        var since: UInt64
        /// In the quiet time that is under way.
        var greatest = 0
        /// In the one before; nil while the first is under way.
        var greatestBefore: Int?
    }

    private static let second: UInt64 = 1_000_000_000

    private var histories: [ShardID: History] = [:]
    private var lastSample: UInt64?
    private var need: Need?

    /// Whether it is time for the next sample.
    func isDue(at now: UInt64) -> Bool {
        guard let lastSample else { return true }
        return now >= lastSample + UInt64(Limits.onDemandSampleIntervalInSeconds) * Self.second
    }

    /// Takes the load of the time since the last sample, and decides.
    ///
    /// - Parameters:
    ///   - open: The open shards, by ascending hash key.
    ///   - loads: What was written to each.
    ///   - ready: Shards that are to be kept ready for the stream's warm throughput; nil without one.
    ///   - room: How many shards more there may be.
    ///   - now: The time.
    mutating func sample(
        _ open: [ShardDescription],
        loads: [ShardID: ShardLoad],
        ready: Int?,
        room: Int,
        at now: UInt64
    ) -> Decision {
        let last = lastSample
        lastSample = now
        adopt(open, at: now)
        if let last, now > last {
            let seconds = Double(now - last) / Double(Self.second)
            for shard in open {
                observe(shard.id, (loads[shard.id] ?? ShardLoad()).usage(perSeconds: seconds), since: last, at: now)
            }
            rememberNeed(since: last, at: now)
        }
        if let ready, open.count < ready { return .scale(to: ready) }
        guard let last, now > last else { return .keep }
        let most = max(Limits.maximumOnDemandShardCount, ready ?? 0)
        let hot = shardsToSplit(open, room: min(most - open.count, room), at: now)
        if !hot.isEmpty { return .split(hot) }
        // As long as a shard is near its limits, the stream does not become smaller.
        guard histories.values.allSatisfy({ $0.hotSince == nil }) else { return .keep }
        let pairs = pairsToMerge(open, least: max(Limits.onDemandShardCount, ready ?? 0), at: now)
        return pairs.isEmpty ? .keep : .merge(pairs)
    }

    /// How many shards the load asked for at most, for as long as a quiet time or longer; the greatest number there is while
    /// the load is not known for so long, as after a start.
    var neededShardCount: Int {
        guard let need, let before = need.greatestBefore else { return .max }
        return max(before, need.greatest)
    }

    private mutating func rememberNeed(since last: UInt64, at now: UInt64) {
        let usage = histories.values.reduce(0) { $0 + $1.usage }
        let count = Int((usage / Self.share(Limits.onDemandSplitPercent)).rounded(.up))
        var need = need ?? Need(since: last)
        need.greatest = max(need.greatest, count)
        if now >= need.since + UInt64(Limits.onDemandQuietTimeInSeconds) * Self.second {
            need = Need(since: now, greatest: count, greatestBefore: need.greatest)
        }
        self.need = need
    }

    // MARK: Shards

    /// Begins to watch shards that are new, and forgets those that are closed.
    private mutating func adopt(_ open: [ShardDescription], at now: UInt64) {
        guard histories.count != open.count || open.contains(where: { histories[$0.id] == nil }) else { return }
        let siblings = Dictionary(grouping: open.filter { $0.adjacentParent == nil }, by: \.parent)
        histories = Dictionary(
            uniqueKeysWithValues: open.map { shard in
                if let known = histories[shard.id] { return (shard.id, known) }
                var history = History(coldSince: now)
                if let parent = shard.parent, shard.adjacentParent == nil {
                    let known = histories[parent]
                    history.futileSplits = known?.futileSplitsOfChildren ?? known?.futileSplits ?? 0
                    history.sibling = siblings[parent]?.first { $0.id != shard.id }?.id
                }
                return (shard.id, history)
            }
        )
    }

    private mutating func observe(_ id: ShardID, _ usage: Double, since last: UInt64, at now: UInt64) {
        guard var history = histories[id] else { return }
        history.usage = usage
        history.hotSince = usage >= Self.share(Limits.onDemandSplitPercent) ? history.hotSince ?? last : nil
        if usage >= Self.share(Limits.onDemandMergePercent) / 2 { history.coldSince = now }
        histories[id] = history
    }

    private mutating func shardsToSplit(_ open: [ShardDescription], room: Int, at now: UInt64) -> [ShardID] {
        guard room > 0 else { return [] }
        let delay = UInt64(Limits.onDemandSplitDelayInSeconds) * Self.second
        var due: [(id: ShardID, usage: Double, futile: Int)] = []
        for shard in open {
            guard let history = histories[shard.id], let hotSince = history.hotSince, now >= hotSince + delay,
                shard.hashKeyRange.isDivisible
            else { continue }
            // Where a split only moved the load on to one child, it is that of few partition keys, and the next would not help.
            let futile = isLoadOfOneSide(history) ? history.futileSplits + 1 : 0
            guard futile <= Limits.maximumFutileSplits else { continue }
            due.append((shard.id, history.usage, futile))
        }
        due.sort { $0.usage > $1.usage }
        let chosen = due.prefix(room)
        for split in chosen {
            // A split that fails is tried again after the same time.
            histories[split.id]?.hotSince = nil
            histories[split.id]?.futileSplitsOfChildren = split.futile
        }
        return chosen.map(\.id).sorted()
    }

    /// Whether nearly all the load of a shard and its sibling is the shard's.
    private func isLoadOfOneSide(_ history: History) -> Bool {
        guard let sibling = history.sibling.flatMap({ histories[$0] }) else { return false }
        return history.usage >= Self.share(Limits.onDemandOneSidePercent) * (history.usage + sibling.usage)
    }

    private mutating func pairsToMerge(_ open: [ShardDescription], least: Int, at now: UInt64) -> [Pair] {
        let quiet = UInt64(Limits.onDemandQuietTimeInSeconds) * Self.second
        var room = open.count - least
        var pairs: [Pair] = []
        var place = 0
        while place + 1 < open.count, room > 0 {
            let (lower, upper) = (open[place].id, open[place + 1].id)
            let isQuiet = [lower, upper].allSatisfy { id in
                histories[id].map { now >= $0.coldSince + quiet } ?? false
            }
            guard isQuiet else {
                place += 1
                continue
            }
            pairs.append(Pair(lower: lower, upper: upper))
            for id in [lower, upper] { histories[id]?.coldSince = now }
            place += 2
            room -= 1
        }
        return pairs
    }

    private static func share(_ percent: Int) -> Double { Double(percent) / 100 }
}

extension HashKeyRange {
    /// Whether it can be split.
    var isDivisible: Bool { starting < ending }

    /// The first hash key of its second half.
    var middle: HashKey { HashKey(starting.value + (ending.value - starting.value) / 2 + 1) }
}
