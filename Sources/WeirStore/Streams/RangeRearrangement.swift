import WeirModel

/// The way from one row of hash key ranges to another by splits in two and merges of two neighbours.
///
/// A range is first cut where a range of the new row begins, and then the pieces of each new range are merged, each as soon as
/// it is there. So doubling splits every range once, and halving merges every pair once.
struct RangeRearrangement: Equatable {
    /// A range of the old row, or one that was made of it.
    struct Node: Equatable {
        var range: HashKeyRange
        /// The places of the one range that it was split from, or the two that it was merged from; empty in the old row.
        var parents: [Int] = []
        /// How many steps, one after the other, led to it: 0 in the old row.
        var generation = 0
    }

    /// The old row, and behind it what is made of it: each range behind its parents.
    private(set) var nodes: [Node]
    /// The places of the pieces of each new range, in order.
    private var pieces: [[Int]]

    /// The way from `old` to `new`. Both must cover all hash keys without gap or overlap, in ascending order.
    init(from old: [HashKeyRange], to new: [HashKeyRange]) {
        nodes = old.map { Node(range: $0) }
        pieces = Array(repeating: [], count: new.count)
        let overlaps = Self.overlaps(old, new)
        var pieceCounts = Array(repeating: 0, count: new.count)
        for targets in overlaps {
            for target in targets { pieceCounts[target] += 1 }
        }
        for (place, targets) in overlaps.enumerated() {
            // What is merged afterwards should not have been split often.
            let tree = MinimaxTree(heights: targets.map { Self.levels(pieceCounts[$0]) })
            split(place, tree, Array(targets), new)
        }
        for target in new.indices {
            let tree = MinimaxTree(heights: pieces[target].map { nodes[$0].generation })
            _ = merge(tree, pieces[target])
        }
    }

    /// Which new ranges each old one overlaps.
    private static func overlaps(_ old: [HashKeyRange], _ new: [HashKeyRange]) -> [ClosedRange<Int>] {
        var target = 0
        return old.map { range in
            while new[target].ending < range.starting { target += 1 }
            let first = target
            while new[target].ending < range.ending { target += 1 }
            return first...target
        }
    }

    /// Levels of a tree over so many items.
    private static func levels(_ count: Int) -> Int {
        count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
    }

    private mutating func split(_ place: Int, _ tree: MinimaxTree, _ targets: [Int], _ new: [HashKeyRange]) {
        guard case .fork(let left, let right) = tree else {
            pieces[targets[tree.firstLeaf]].append(place)
            return
        }
        let range = nodes[place].range
        let start = new[targets[right.firstLeaf]].starting
        let lower = HashKeyRange(starting: range.starting, ending: HashKey(start.value - 1))
        let upper = HashKeyRange(starting: start, ending: range.ending)
        for (range, tree) in [(lower, left), (upper, right)] {
            nodes.append(Node(range: range, parents: [place], generation: nodes[place].generation + 1))
            split(nodes.count - 1, tree, targets, new)
        }
    }

    private mutating func merge(_ tree: MinimaxTree, _ pieces: [Int]) -> Int {
        switch tree {
        case .leaf(let item): return pieces[item]
        case .fork(let left, let right):
            let parents = [merge(left, pieces), merge(right, pieces)]
            let ranges = parents.map { nodes[$0].range }
            nodes.append(
                Node(
                    range: HashKeyRange(starting: ranges[0].starting, ending: ranges[1].ending),
                    parents: parents,
                    generation: 1 + max(nodes[parents[0]].generation, nodes[parents[1]].generation)
                )
            )
            return nodes.count - 1
        }
    }
}

extension HashKeyRange {
    /// The hash key space cut into `count` ranges of equal size. Where a boundary of `ranges` is so near that only the
    /// rounding of earlier divisions lies between, it is kept: otherwise doubling three ranges would move each boundary by
    /// a few hash keys of 2^128, and copy every shard for it.
    static func uniform(count: Int, keepingBoundariesOf ranges: [HashKeyRange]) -> [HashKeyRange] {
        let starts = ranges.map(\.starting)
        var next = 0
        let kept = uniform(count: count).map { ideal -> HashKey in
            while next < starts.count, starts[next].value < ideal.starting.value { next += 1 }
            let neighbours = [next - 1, next].filter { starts.indices.contains($0) }.map { starts[$0] }
            return neighbours.first { distance($0, ideal.starting) <= roundingInHashKeys } ?? ideal.starting
        }
        return kept.indices.map { place in
            let ending = place + 1 < kept.count ? kept[place + 1].value - 1 : .max
            return HashKeyRange(starting: kept[place], ending: HashKey(ending))
        }
    }

    /// Hash keys between two boundaries that count as the same place: a 2^96th of all.
    static let roundingInHashKeys: UInt128 = 1 << 32

    private static func distance(_ left: HashKey, _ right: HashKey) -> UInt128 {
        left < right ? right.value - left.value : left.value - right.value
    }
}
