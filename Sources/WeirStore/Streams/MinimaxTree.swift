/// A binary tree over items in a row that keeps their order, and that is as low as can be when each item stands a given height
/// above the ground already.
///
/// Source: D. Kirkpatrick, M. Klawe, "Alphabetic Minimax Trees", SIAM Journal on Computing 14 (1985).
indirect enum MinimaxTree: Equatable {
    case leaf(Int)
    case fork(MinimaxTree, MinimaxTree)

    /// The tree over items of these heights; at least one.
    init(heights: [Int]) {
        precondition(!heights.isEmpty)
        var row = heights.enumerated().map { (height: $1, tree: MinimaxTree.leaf($0)) }
        while row.count > 1 {
            // The lowest neighbours are joined in pairs; one that is left without another waits a level higher.
            let lowest = row.reduce(Int.max) { min($0, $1.height) }
            var next: [(height: Int, tree: MinimaxTree)] = []
            next.reserveCapacity(row.count)
            var place = 0
            while place < row.count {
                let item = row[place]
                place += 1
                guard item.height == lowest else {
                    next.append(item)
                    continue
                }
                if place < row.count, row[place].height == lowest {
                    next.append((lowest + 1, .fork(item.tree, row[place].tree)))
                    place += 1
                } else {
                    next.append((lowest + 1, item.tree))
                }
            }
            row = next
        }
        self = row[0].tree
    }

    /// The first item under it.
    var firstLeaf: Int {
        switch self {
        case .leaf(let item): item
        case .fork(let left, _): left.firstLeaf
        }
    }

    /// The last item under it.
    var lastLeaf: Int {
        switch self {
        case .leaf(let item): item
        case .fork(_, let right): right.lastLeaf
        }
    }
}
