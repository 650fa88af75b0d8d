/// Where the acknowledged entries of the tail segment stand, and what is known of every lane.
struct TailIndex {
    private(set) var layout: SegmentLayout
    private(set) var lanes = LaneTable()
    private(set) var oldestTimestamp = Int64.min
    private(set) var newestTimestamp = Int64.min

    /// The index of an empty tail.
    init(baseIndex: UInt64) { layout = SegmentLayout(baseIndex: baseIndex) }

    /// The index of the tail's first entry.
    var baseIndex: UInt64 { layout.baseIndex }

    /// The index after the tail's last entry.
    var nextIndex: UInt64 { layout.baseIndex + UInt64(layout.offsets.count) }

    /// Whether the tail holds no entry.
    var isEmpty: Bool { layout.offsets.isEmpty }

    /// Takes in what earlier footers tell of lanes that have an entry at or after an index.
    mutating func add(_ rows: [SegmentIndex.Lane], from firstIndex: UInt64) { lanes.add(rows, from: firstIndex) }

    /// Takes in whole frames, the first of which stands at an offset.
    mutating func add(_ frames: UnsafeRawBufferPointer, at offset: Int64) {
        guard let base = frames.baseAddress else { return }
        var place = 0
        while place < frames.count {
            let header = FrameHeader.read(base + place)
            if isEmpty { oldestTimestamp = header.timestamp }
            newestTimestamp = header.timestamp
            lanes.add(
                lane: header.lane,
                index: header.index,
                timestamp: header.timestamp,
                ordinal: UInt32(layout.offsets.count)
            )
            layout.offsets.append(UInt32((offset + Int64(place)) / Int64(LogFormat.alignment)))
            place += header.frameSize
        }
        layout.endOfData = offset + Int64(place)
    }

    /// The index with which the segment is sealed, in a log whose first entry has index `firstIndex`.
    func sealed(from firstIndex: UInt64) -> SegmentIndex {
        let footer = lanes.footer(from: firstIndex)
        return SegmentIndex(
            baseIndex: layout.baseIndex,
            endOfData: layout.endOfData,
            oldestTimestamp: oldestTimestamp,
            newestTimestamp: newestTimestamp,
            offsets: layout.offsets,
            ordinals: footer.ordinals,
            lanes: footer.rows
        )
    }

    /// Begins a new tail. The lanes are kept that have an entry at or after `firstIndex`.
    mutating func begin(baseIndex: UInt64, firstIndex: UInt64) {
        layout = SegmentLayout(baseIndex: baseIndex)
        lanes.beginTail(firstIndex: firstIndex)
    }
}
