extension Log {
    /// How many acknowledged entries a lane has from an index on, counted up to a number: sealed segments are only opened until
    /// it is reached. Of the block in which the index lies, where a segment is compressed, the part is estimated.
    public func count(lane: UInt32, from index: UInt64, maximumCount: Int) async throws(LogError) -> Int {
        if self.index.isAtTip(lane: lane, index) { return 0 }
        let reader = LaneReader(log: self.index, files: files, cache: pool.segments, lane: lane)
        return try await pool.read { () throws(LogError) in
            try reader.count(from: index, maximumCount: maximumCount)
        }
    }
}

extension LaneReader {
    /// As `Log.count`.
    fileprivate func count(from index: UInt64, maximumCount: Int) throws(LogError) -> Int {
        guard let parts = log.parts(lane: lane, from: index) else { throw LogError(.closed, "the log is closed") }
        var count = parts.tailCount
        // The newest first: of the oldest some may be trimmed meanwhile.
        for segment in parts.sealed.reversed() where count < maximumCount {
            if let opened = try open(segment) { count += opened.index.count(of: lane, from: index) }
        }
        return min(count, maximumCount)
    }
}

extension SealedIndex {
    /// How many entries a lane has from an index on.
    fileprivate func count(of lane: UInt32, from index: UInt64) -> Int {
        switch self {
        case .frames(let segment):
            guard let ordinals = segment.lane(lane)?.ordinals else { return 0 }
            return ordinals.endIndex - ordinals.firstPlace { segment.baseIndex + UInt64($0) >= index }
        case .blocks(let segment):
            let blocks = segment.blocks(of: lane, from: index)
            let count = blocks.reduce(0) { $0 + $1.count }
            guard let first = blocks.first, first.firstIndex < index else { return count }
            // Of the block in which the index lies it is not known which entries are before it.
            let share = Double(index - first.firstIndex) / Double(first.lastIndex - first.firstIndex + 1)
            return count - Int(share * Double(first.count))
        }
    }
}
