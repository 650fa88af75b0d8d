import Testing
import WeirModel

@testable import WeirStore

@Suite struct RangeRearrangementTests {
    /// Follows the splits and merges as they would be carried out, and gives how many came one after the other.
    private func generations(from old: [HashKeyRange], to new: [HashKeyRange]) throws -> Int {
        let nodes = RangeRearrangement(from: old, to: new).nodes
        var children = Array(repeating: [Int](), count: nodes.count)
        try #require(nodes.prefix(old.count).map(\.range) == old)
        for (place, node) in nodes.enumerated().dropFirst(old.count) {
            try #require(node.parents.count == 1 || node.parents.count == 2)
            for parent in node.parents {
                try #require(parent < place)
                children[parent].append(place)
            }
            try #require(node.generation == 1 + (node.parents.map { nodes[$0].generation }.max() ?? 0))
            if node.parents.count == 2 {
                let (lower, upper) = (nodes[node.parents[0]].range, nodes[node.parents[1]].range)
                try #require(lower.ending < upper.starting && lower.isAdjacent(to: upper))
                try #require(node.range == HashKeyRange(starting: lower.starting, ending: upper.ending))
            }
        }
        var open: [HashKeyRange] = []
        for (place, node) in nodes.enumerated() {
            switch children[place].count {
            case 0: open.append(node.range)
            case 1: try #require(nodes[children[place][0]].parents.count == 2)
            default:
                let ranges = children[place].map { nodes[$0].range }
                try #require(ranges.count == 2 && ranges[0].isAdjacent(to: ranges[1]))
                try #require(children[place].allSatisfy { nodes[$0].parents == [place] })
                try #require(ranges[0].starting == node.range.starting && ranges[1].ending == node.range.ending)
            }
        }
        try #require(open.sorted { $0.starting < $1.starting } == new)
        return nodes.map(\.generation).max() ?? 0
    }

    /// Every boundary is where an exact division puts it, but for rounding, and nothing is missing.
    private func expectUniform(_ ranges: [HashKeyRange], count: Int) throws {
        try #require(ranges.count == count)
        try #require(ranges[0].starting == .minimum && ranges[count - 1].ending == .maximum)
        for (left, right) in zip(ranges, ranges.dropFirst()) {
            try #require(left.ending < right.starting && left.isAdjacent(to: right))
        }
        for (range, ideal) in zip(ranges, HashKeyRange.uniform(count: count)) {
            let (low, high) = (min(range.starting, ideal.starting), max(range.starting, ideal.starting))
            try #require(high.value - low.value <= HashKeyRange.roundingInHashKeys)
        }
    }

    private func rearrange(_ old: [HashKeyRange], count: Int) throws -> (ranges: [HashKeyRange], generations: Int) {
        let new = HashKeyRange.uniform(count: count, keepingBoundariesOf: old)
        try expectUniform(new, count: count)
        return (new, try generations(from: old, to: new))
    }

    @Test(arguments: 1...40) func everyCountFromHalfToDouble(count: Int) throws {
        let old = HashKeyRange.uniform(count: count)
        for target in (count + 1) / 2...2 * count {
            let generations = try rearrange(old, count: target).generations
            if target == count { #expect(generations == 0) }
            if target == 2 * count || 2 * target == count { #expect(generations == 1) }
            #expect(generations <= 3, "\(count) to \(target)")
        }
    }

    @Test func doublingAndHalvingAgainAndAgainTakesOneStepEach() throws {
        for start in [1, 3, 7, 10] {
            var ranges = HashKeyRange.uniform(count: start)
            for _ in 0..<5 {
                let next = try rearrange(ranges, count: 2 * ranges.count)
                #expect(next.generations == 1)
                ranges = next.ranges
            }
            for _ in 0..<5 {
                let next = try rearrange(ranges, count: ranges.count / 2)
                #expect(next.generations == 1)
                ranges = next.ranges
            }
        }
    }

    @Test(arguments: 0..<50) func rangesOfAnySize(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...40, using: &random)
        var starts: Set<UInt128> = [0]
        // Some lie close together, as after many splits of the same shard, and some at an ideal boundary.
        while starts.count < count {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: starts.insert(UInt128.random(in: 0..<1000, using: &random))
            case 1: starts.insert(UInt128.max - UInt128.random(in: 0..<1000, using: &random))
            case 2: starts.insert(HashKeyRange.uniform(count: count)[count / 2].starting.value)
            default: starts.insert(UInt128.random(in: 0...UInt128.max, using: &random))
            }
        }
        let sorted = starts.sorted()
        let old = sorted.indices.map { place in
            let ending = place + 1 < sorted.count ? sorted[place + 1] - 1 : .max
            return HashKeyRange(starting: HashKey(sorted[place]), ending: HashKey(ending))
        }
        for target in (count + 1) / 2...2 * count {
            // The worst case is one shard that becomes nearly all of them, and many that become nearly nothing.
            #expect(try rearrange(old, count: target).generations <= 15)
        }
    }

    @Test func tenThousandShardsArePlannedInAMoment() throws {
        let old = HashKeyRange.uniform(count: 10_000)
        #expect(try rearrange(old, count: 7_001).generations <= 3)
        #expect(try rearrange(HashKeyRange.uniform(count: 5_001), count: 10_000).generations <= 3)
    }

    @Test func aTreeIsAsLowAsItsItemsAllow() {
        #expect(MinimaxTree(heights: [0]) == .leaf(0))
        #expect(MinimaxTree(heights: [0, 0]) == .fork(.leaf(0), .leaf(1)))
        // The high one is joined last.
        #expect(MinimaxTree(heights: [0, 0, 1]) == .fork(.fork(.leaf(0), .leaf(1)), .leaf(2)))
        #expect(MinimaxTree(heights: [2, 0, 0, 0]).height([2, 0, 0, 0]) == 3)
        for count in 1...64 {
            let heights = Array(repeating: 0, count: count)
            let least = count == 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
            #expect(MinimaxTree(heights: heights).height(heights) == least)
        }
    }
}

extension MinimaxTree {
    fileprivate func height(_ heights: [Int]) -> Int {
        switch self {
        case .leaf(let item): heights[item]
        case .fork(let left, let right): 1 + max(left.height(heights), right.height(heights))
        }
    }
}

/// Random numbers that are the same in each run.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
