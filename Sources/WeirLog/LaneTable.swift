/// What is known in memory of every lane: its newest entry, and where its entries stand in the tail segment.
struct LaneTable {
    fileprivate struct Lane {
        var newestIndex: UInt64
        var newestTimestamp: Int64
        /// Of its first entry in the tail.
        var firstTimestamp: Int64
        /// Places of its entries in the tail's offsets.
        var ordinals: [UInt32] = []
    }

    private var lanes: [UInt32: Lane] = [:]

    /// The newest entry of a lane.
    func newest(_ lane: UInt32) -> (index: UInt64, timestamp: Int64)? {
        lanes[lane].map { ($0.newestIndex, $0.newestTimestamp) }
    }

    /// The places of a lane's entries in the tail.
    func ordinals(_ lane: UInt32) -> ArraySlice<UInt32> { lanes[lane]?.ordinals[...] ?? [] }

    /// Takes in an entry of the tail.
    mutating func add(lane: UInt32, index: UInt64, timestamp: Int64, ordinal: UInt32) {
        let new = Lane(newestIndex: index, newestTimestamp: timestamp, firstTimestamp: timestamp)
        lanes[lane, default: new].add(index: index, timestamp: timestamp, ordinal: ordinal)
    }

    /// Takes in what the footer before the tail tells, of lanes that have an entry at or after an index.
    mutating func add(_ rows: [SegmentIndex.Lane], from firstIndex: UInt64) {
        for row in rows where row.newestIndex >= firstIndex && lanes[row.lane] == nil {
            lanes[row.lane] = Lane(
                newestIndex: row.newestIndex,
                newestTimestamp: row.newestTimestamp,
                firstTimestamp: row.newestTimestamp
            )
        }
    }

    /// The rows and ordinals of a footer that seals the tail. Lanes without an entry at or after `firstIndex`, the first
    /// that the log holds, are left out.
    func footer(from firstIndex: UInt64) -> (rows: [SegmentIndex.Lane], ordinals: [UInt32]) {
        var rows: [SegmentIndex.Lane] = []
        var ordinals: [UInt32] = []
        for (id, lane) in lanes.sorted(by: { $0.key < $1.key }) where lane.newestIndex >= firstIndex {
            ordinals += lane.ordinals
            rows.append(
                SegmentIndex.Lane(
                    lane: id,
                    count: UInt32(lane.ordinals.count),
                    newestIndex: lane.newestIndex,
                    newestTimestamp: lane.newestTimestamp,
                    firstTimestamp: lane.ordinals.isEmpty ? lane.newestTimestamp : lane.firstTimestamp
                )
            )
        }
        return (rows, ordinals)
    }

    /// Begins a new tail: forgets the places, and the lanes whose entries were all trimmed.
    mutating func beginTail(firstIndex: UInt64) {
        lanes = lanes.compactMapValues { lane in
            if lane.newestIndex < firstIndex { return nil }
            var kept = lane
            kept.ordinals = []
            return kept
        }
    }
}

extension LaneTable.Lane {
    fileprivate mutating func add(index: UInt64, timestamp: Int64, ordinal: UInt32) {
        if ordinals.isEmpty { firstTimestamp = timestamp }
        newestIndex = index
        newestTimestamp = timestamp
        ordinals.append(ordinal)
    }
}
