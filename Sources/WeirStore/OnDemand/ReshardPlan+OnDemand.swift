import WeirModel

extension ReshardPlan {
    /// Plans what was decided for a stream on demand. What does not fit its shards any more is left out.
    static func onDemand(_ decision: OnDemandScalingStateMachine.Decision, _ stream: StreamDescription) -> ReshardPlan {
        // A stream that was given another mode meanwhile is its owner's affair.
        guard stream.settings.mode == .onDemand else { return ReshardPlan(parents: [], children: []) }
        switch decision {
        case .keep: return ReshardPlan(parents: [], children: [])
        case .scale(let count):
            // It asks for more shards: there may be enough of them by now.
            guard count > stream.openShardsByHashKey.count else { return ReshardPlan(parents: [], children: []) }
            return uniform(stream, shardCount: count)
        case .split(let ids): return splits(ids, stream)
        case .merge(let pairs): return merges(pairs, stream)
        }
    }

    private static func splits(_ ids: [ShardID], _ stream: StreamDescription) -> ReshardPlan {
        let shards = ids.compactMap { stream.shard($0) }.filter { $0.isOpen && $0.hashKeyRange.isDivisible }
        var number = nextShardNumber(stream)
        let children = shards.flatMap { shard -> [Child] in
            let range = shard.hashKeyRange
            let middle = range.middle
            defer { number += 2 }
            return [
                Child(
                    id: ShardID(number),
                    parent: shard.id,
                    hashKeyRange: HashKeyRange(starting: range.starting, ending: HashKey(middle.value - 1))
                ),
                Child(
                    id: ShardID(number + 1),
                    parent: shard.id,
                    hashKeyRange: HashKeyRange(starting: middle, ending: range.ending)
                ),
            ]
        }
        return ReshardPlan(parents: shards.map(\.id), children: children)
    }

    private static func merges(
        _ pairs: [OnDemandScalingStateMachine.Pair],
        _ stream: StreamDescription
    ) -> ReshardPlan {
        let first = nextShardNumber(stream)
        let children = pairs.compactMap { pair -> Child? in
            guard let lower = stream.shard(pair.lower), let upper = stream.shard(pair.upper), lower.isOpen,
                upper.isOpen,
                lower.hashKeyRange.ending < upper.hashKeyRange.starting,
                lower.hashKeyRange.isAdjacent(to: upper.hashKeyRange)
            else { return nil }
            return Child(
                id: ShardID(first),
                parent: lower.id,
                adjacentParent: upper.id,
                hashKeyRange: HashKeyRange(
                    starting: lower.hashKeyRange.starting,
                    ending: upper.hashKeyRange.ending
                )
            )
        }
        let numbered = zip(first..., children).map { number, child in
            var child = child
            child.id = ShardID(number)
            return child
        }
        return ReshardPlan(parents: numbered.flatMap(\.parents), children: numbered)
    }
}
