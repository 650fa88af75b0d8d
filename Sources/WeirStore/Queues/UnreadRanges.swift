/// The indexes of a shard whose records a queue has not delivered yet: mostly one range without an end.
struct UnreadRanges: Hashable, Sendable {
    /// Ascending; none is empty, and no two touch.
    private(set) var ranges: [Range<UInt64>]

    /// All indexes from one on.
    init(from index: UInt64) { ranges = index < .max ? [index..<UInt64.max] : [] }

    /// Some ranges, ascending and apart. Nil when they are not.
    init?(_ ranges: [Range<UInt64>]) {
        for (place, range) in ranges.enumerated() {
            guard !range.isEmpty, place == 0 || ranges[place - 1].upperBound < range.lowerBound else { return nil }
        }
        self.ranges = ranges
    }

    /// The first range; nil when everything was delivered and nothing more will come.
    var first: Range<UInt64>? { ranges.first }

    /// Whether an index is in one of them.
    func contains(_ index: UInt64) -> Bool { ranges.contains { $0.contains(index) } }

    /// Takes indexes out.
    mutating func subtract(_ taken: Range<UInt64>) {
        guard let first = ranges.first, !taken.isEmpty, taken.upperBound > first.lowerBound else { return }
        // Mostly the next records are taken, and others follow.
        if taken.lowerBound <= first.lowerBound, taken.upperBound < first.upperBound {
            ranges[0] = taken.upperBound..<first.upperBound
            return
        }
        ranges = ranges.flatMap { range in
            guard range.overlaps(taken) else { return [range] }
            return [
                range.lowerBound..<max(range.lowerBound, taken.lowerBound),
                min(range.upperBound, taken.upperBound)..<range.upperBound,
            ].filter { !$0.isEmpty }
        }
    }

    /// Takes one index out.
    mutating func subtract(_ index: UInt64) {
        if index < .max { subtract(index..<index + 1) }
    }

    /// Puts indexes in.
    mutating func add(_ added: Range<UInt64>) {
        guard !added.isEmpty else { return }
        var merged = added
        var others: [Range<UInt64>] = []
        for range in ranges {
            if range.lowerBound <= merged.upperBound, merged.lowerBound <= range.upperBound {
                merged = min(range.lowerBound, merged.lowerBound)..<max(range.upperBound, merged.upperBound)
            } else {
                others.append(range)
            }
        }
        ranges = (others + [merged]).sorted { $0.lowerBound < $1.lowerBound }
    }
}
