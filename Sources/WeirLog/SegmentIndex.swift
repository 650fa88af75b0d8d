/// Where the entries of a sealed segment stand, by lane: the content of its footer.
struct SegmentIndex: Equatable, Sendable {
    /// One lane's part.
    struct Lane: Equatable, Sendable {
        var lane: UInt32
        /// Entries of the lane in this segment. 0 for a lane whose newest entry is in an earlier segment.
        var count: UInt32
        /// The index of the lane's newest entry up to the end of this segment.
        var newestIndex: UInt64
        /// The timestamp of that entry.
        var newestTimestamp: Int64
        /// The timestamp of the lane's first entry in this segment; `newestTimestamp` when it has none.
        var firstTimestamp: Int64
    }

    var baseIndex: UInt64
    /// Where the frames end and the footer begins.
    var endOfData: Int64
    var oldestTimestamp: Int64
    var newestTimestamp: Int64
    /// The offset of each entry's frame, in units of 8 bytes, in the order of indexes.
    var offsets: [UInt32]
    /// For each lane in the order of `lanes`: the places of its entries in `offsets`, ascending.
    var ordinals: [UInt32]
    /// In ascending order of lane.
    var lanes: [Lane]
    /// Whether `lanes` also tells of the lanes that have no entry here. It does not after a footer was lost.
    var isComplete = true

    /// The index after the last entry's.
    var nextIndex: UInt64 { baseIndex + UInt64(offsets.count) }

    /// Bytes of memory, about.
    var sizeInMemory: Int { (offsets.count + ordinals.count) * 4 + lanes.count * MemoryLayout<Lane>.stride }

    /// A lane's row, and the places of its entries; nil when the lane has none here.
    func lane(_ lane: UInt32) -> (row: Lane, ordinals: ArraySlice<UInt32>)? {
        var start = 0
        for row in lanes {
            if row.lane > lane { return nil }
            let end = start + Int(row.count)
            if row.lane == lane { return row.count == 0 ? nil : (row, ordinals[start..<end]) }
            start = end
        }
        return nil
    }

    /// Where its entries stand.
    var layout: SegmentLayout { SegmentLayout(baseIndex: baseIndex, endOfData: endOfData, offsets: offsets) }
}
