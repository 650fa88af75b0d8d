import WeirModel

extension ReshardPlan {
    /// Plans a change of the number of open shards of a provisioned stream to `target`. Throws what UpdateShardCount answers.
    ///
    /// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
    static func shardCount(
        _ target: Int,
        of stream: StreamDescription,
        recent: RecentChanges,
        limits: DailyChangeLimits,
        at now: Timestamp,
        errors: StreamErrors
    ) throws(ServiceError) -> ReshardPlan {
        try requireProvisioned(stream, "UpdateShardCount", errors)
        let current = stream.openShardsByHashKey.count
        let most = Limits.maximumTargetShardCount
        // A stream that has more may only be taken below the limit.
        guard target >= 1, target <= most, current <= most || target < most else {
            throw errors.targetShardCountExceeded(current: current, target: target)
        }
        guard target <= 2 * current else { throw errors.targetAboveDouble(current: current, target: target) }
        guard 2 * target >= current else { throw errors.targetBelowHalf(current: current, target: target) }
        var plan = uniform(stream, shardCount: target)
        guard !plan.children.isEmpty else { return plan }
        let limit = limits.limit(.shardCount)
        guard recent.count(.shardCount, at: now) < limit else {
            throw errors.tooManyChanges(.shardCount, limit: limit, stream: stream.name)
        }
        plan.kind = .shardCount
        return plan
    }

    /// Plans splits and merges after which the stream has so many open shards of equal size.
    static func uniform(_ stream: StreamDescription, shardCount: Int) -> ReshardPlan {
        let open = stream.openShardsByHashKey
        let ranges = open.map(\.hashKeyRange)
        let target = HashKeyRange.uniform(count: shardCount, keepingBoundariesOf: ranges)
        let nodes = RangeRearrangement(from: ranges, to: target).nodes
        // Children get greater numbers than their parents.
        let order = nodes.indices.dropFirst(open.count).sorted { left, right in
            let (left, right) = (nodes[left], nodes[right])
            return (left.generation, left.range.starting) < (right.generation, right.range.starting)
        }
        var ids = open.map(\.id) + Array(repeating: ShardID(0), count: order.count)
        for (number, place) in zip(nextShardNumber(stream)..., order) { ids[place] = ShardID(number) }
        let closed = Set(nodes.flatMap(\.parents))
        return ReshardPlan(
            parents: open.indices.filter { closed.contains($0) }.map { ids[$0] },
            children: order.map { place in
                let parents = nodes[place].parents.map { ids[$0] }
                return Child(
                    id: ids[place],
                    parent: parents[0],
                    adjacentParent: parents.count > 1 ? parents[1] : nil,
                    hashKeyRange: nodes[place].range
                )
            }
        )
    }
}
