/// The place of one entry's frame.
struct FrameLocation: Equatable, Sendable {
    var index: UInt64
    var offset: Int64
    var size: Int
}

/// Where the entries of a segment stand, whatever their lane.
struct SegmentLayout {
    var baseIndex: UInt64
    var endOfData = Int64(LogFormat.headerPageSize)
    var offsets: [UInt32] = []

    /// The place of an entry.
    func location(ordinal: UInt32) -> FrameLocation {
        let place = Int(ordinal)
        let offset = Int64(offsets[place]) * Int64(LogFormat.alignment)
        let end = place + 1 < offsets.count ? Int64(offsets[place + 1]) * Int64(LogFormat.alignment) : endOfData
        return FrameLocation(index: baseIndex + UInt64(ordinal), offset: offset, size: Int(end - offset))
    }

    /// The entries of a lane from an index on, within limits; nil when the lane has none there.
    ///
    /// `maximumBytes` is held against the least payload that fits each frame, so that the answer is never too short;
    /// the reader cuts exactly. With `atLeastOne` the first entry is answered whatever its size.
    func locations(
        of ordinals: ArraySlice<UInt32>,
        from index: UInt64,
        maximumCount: Int,
        maximumBytes: Int,
        atLeastOne: Bool
    ) -> [FrameLocation]? {
        let first = index > baseIndex ? index - baseIndex : 0
        let start = ordinals.firstPlace { UInt64($0) >= first }
        guard start < ordinals.endIndex else { return nil }
        var found: [FrameLocation] = []
        found.reserveCapacity(min(maximumCount, ordinals.endIndex - start))
        var bytes = 0
        for ordinal in ordinals[start...] {
            if found.count >= maximumCount { break }
            let location = location(ordinal: ordinal)
            bytes += max(0, location.size - FrameHeader.size - LogFormat.alignment + 1)
            if bytes > maximumBytes, !(atLeastOne && found.isEmpty) { break }
            found.append(location)
        }
        return found
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first place whose element, and so every later one, satisfies the condition; `endIndex` when none does.
    func firstPlace<Failure: Error>(where condition: (Element) throws(Failure) -> Bool) throws(Failure) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if try condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
