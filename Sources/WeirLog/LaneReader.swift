import NIOCore

extension Log {
    /// Reads a lane's acknowledged entries from an index on, in order: at most `maximumCount`, and at most `maximumBytes` of
    /// payload, but at least one entry when there is one and `maximumCount` is not 0.
    ///
    /// Throws `.corrupt` when the first entry is damaged: `corruptIndex` tells which it is, and reading may go on with
    /// the index after it. An index before the oldest entry begins with the oldest.
    public func read(
        lane: UInt32,
        from index: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(LogError) -> LaneRead {
        // At the tip, and close to it, where most readers are, no thread is needed.
        let reader = LaneReader(log: self.index, files: files, cache: pool.segments, lane: lane)
        let plan = self.index.plan(
            lane: lane,
            from: index,
            maximumCount: maximumCount,
            maximumBytes: maximumBytes,
            atLeastOne: true
        )
        switch plan {
        case .tip(let next): return LaneRead(entries: LogEntries(lane: lane), nextIndex: next, isAtTip: true)
        case .closed: throw LogError(.closed, "the log is closed")
        case .memory(let locations, let commits):
            return reader.read(locations, in: commits, maximumBytes: maximumBytes)
        case .sealed, .tail: break
        }
        return try await pool.read { () throws(LogError) in
            try reader.read(from: index, maximumCount: maximumCount, maximumBytes: maximumBytes)
        }
    }

    /// The index of a lane's first acknowledged entry of a timestamp or later; ``nextIndex`` when there is none.
    public func firstIndex(lane: UInt32, atOrAfter timestamp: Int64) async throws(LogError) -> UInt64 {
        if let next = index.nextIndex(unlessLane: lane, reaches: timestamp) { return next }
        let reader = LaneReader(log: index, files: files, cache: pool.segments, lane: lane)
        return try await pool.read { () throws(LogError) in try reader.firstIndex(atOrAfter: timestamp) }
    }
}

/// Reads one lane, blocking.
struct LaneReader: Sendable {
    let log: LogIndex
    let files: SegmentFiles
    let cache: SegmentCache
    let lane: UInt32

    /// As `Log.read`.
    func read(from index: UInt64, maximumCount: Int, maximumBytes: Int) throws(LogError) -> LaneRead {
        var entries = LogEntries(lane: lane)
        var next = index
        var remainingBytes = maximumBytes
        var isComplete = true
        while isComplete, entries.count < maximumCount {
            let plan = log.plan(
                lane: lane,
                from: next,
                maximumCount: maximumCount - entries.count,
                maximumBytes: remainingBytes,
                atLeastOne: entries.isEmpty
            )
            switch plan {
            case .closed:
                throw LogError(.closed, "the log is closed")
            case .tip(let next):
                return LaneRead(entries: entries, nextIndex: next, isAtTip: true)
            case .memory(let locations, let commits):
                isComplete = take(locations, in: commits, &remainingBytes, &entries)
            case .tail(let file, let locations):
                isComplete = try read(locations, of: file, &remainingBytes, &entries)
            case .sealed(let segment):
                guard let opened = try open(segment) else { continue }
                let isTaken = try read(opened, from: next, maximumCount: maximumCount, &remainingBytes, &entries)
                guard let isTaken else {
                    next = segment.nextIndex
                    continue
                }
                isComplete = isTaken
            }
            if let last = entries.lastIndex { next = max(next, last + 1) }
        }
        return LaneRead(entries: entries, nextIndex: next, isAtTip: log.isAtTip(lane: lane, next))
    }

    /// The entries at some places, ascending, from memory: as ``read(from:maximumCount:maximumBytes:)``.
    func read(_ locations: [FrameLocation], in commits: [RecentCommit], maximumBytes: Int) -> LaneRead {
        var entries = LogEntries(lane: lane)
        var remainingBytes = maximumBytes
        _ = take(locations, in: commits, &remainingBytes, &entries)
        let next = (entries.lastIndex ?? 0) + 1
        return LaneRead(entries: entries, nextIndex: next, isAtTip: log.isAtTip(lane: lane, next))
    }

    /// Appends entries until their payloads would exceed the bytes that remain. Answers whether it took them all.
    private func take(
        _ locations: [FrameLocation],
        in commits: [RecentCommit],
        _ remainingBytes: inout Int,
        _ entries: inout LogEntries
    ) -> Bool {
        entries.reserve(locations.count)
        var start = 0
        for commit in commits {
            let end = locations[start...].firstPlace { $0.offset >= commit.end }
            guard commit.take(locations[start..<end], &remainingBytes, &entries) else { return false }
            start = end
        }
        return true
    }

    /// As `Log.firstIndex`.
    func firstIndex(atOrAfter timestamp: Int64) throws(LogError) -> UInt64 {
        while true {
            if let next = log.nextIndex(unlessLane: lane, reaches: timestamp) { return next }
            guard let snapshot = log.snapshot(lane: lane) else { throw LogError(.closed, "the log is closed") }
            do throws(LogError) {
                if let index = try find(timestamp, in: snapshot.sealed) { return index }
                let tail = try find(timestamp, snapshot.tailOrdinals, snapshot.tailLayout, snapshot.tailFile)
                if let tail { return tail }
            } catch {
                if !isTrimmed(error) { throw error }
            }
            // What there was has been dropped between the looks: look again.
        }
    }

    /// Whether what was found damaged is not in the log any more.
    private func isTrimmed(_ error: LogError) -> Bool {
        error.code == .corrupt && error.corruptIndex.map(log.isTrimmed) ?? false
    }

    /// The segment, opened; nil when it was trimmed away meanwhile.
    func open(_ segment: Segment) throws(LogError) -> OpenSegment? {
        do throws(LogError) {
            return try cache.segment(segment) { () throws(LogError) in try files.open(segment) }
        } catch {
            if segment.isDropped { return nil }
            throw error
        }
    }

    /// Appends the lane's entries of a sealed segment from an index on. Answers whether it took them all; nil when there are
    /// none.
    private func read(
        _ opened: OpenSegment,
        from index: UInt64,
        maximumCount: Int,
        _ remainingBytes: inout Int,
        _ entries: inout LogEntries
    ) throws(LogError) -> Bool? {
        switch opened.index {
        case .frames(let segment):
            let found = segment.lane(lane).flatMap { part in
                segment.layout.locations(
                    of: part.ordinals,
                    from: index,
                    maximumCount: maximumCount - entries.count,
                    maximumBytes: remainingBytes,
                    atLeastOne: entries.isEmpty
                )
            }
            guard let found else { return nil }
            do throws(LogError) {
                return try read(found, of: opened.file, &remainingBytes, &entries)
            } catch {
                // Its file may be written over since the segment was packed: look again.
                if opened.isReplaced { return true }
                throw error
            }
        case .blocks(let segment):
            let found = segment.blocks(of: lane, from: index)
            if found.isEmpty { return nil }
            do throws(LogError) {
                return try PackedReader(file: opened.file).read(
                    found,
                    from: index,
                    maximumCount: maximumCount,
                    remainingBytes: &remainingBytes,
                    into: &entries
                )
            } catch {
                if isTrimmed(error) { return true }
                throw error
            }
        }
    }

    private func read(
        _ locations: [FrameLocation],
        of file: SegmentFile,
        _ remainingBytes: inout Int,
        _ entries: inout LogEntries
    ) throws(LogError) -> Bool {
        if locations.isEmpty { return false }
        do throws(LogError) {
            return try FrameReader(file: file, lane: lane).read(
                locations,
                remainingBytes: &remainingBytes,
                into: &entries
            )
        } catch {
            // The file of a segment that was trimmed meanwhile may hold another one: look again.
            if isTrimmed(error) { return true }
            throw error
        }
    }

    private func find(_ timestamp: Int64, in segments: [Segment]) throws(LogError) -> UInt64? {
        let place = try segments.firstPlace { (segment) throws(LogError) in
            do throws(LogError) {
                return try files.newestTimestamp(of: segment) >= timestamp
            } catch {
                if segment.isDropped { return false }
                throw error
            }
        }
        for segment in segments[place...] {
            if let index = try find(timestamp, in: segment) { return index }
        }
        return nil
    }

    private func find(_ timestamp: Int64, in segment: Segment) throws(LogError) -> UInt64? {
        while let opened = try open(segment) {
            do throws(LogError) {
                let index = try find(timestamp, in: opened)
                if !opened.isReplaced { return index }
            } catch {
                if !opened.isReplaced { throw error }
            }
            // The file may have been written over meanwhile: look again in the other one.
        }
        return nil
    }

    private func find(_ timestamp: Int64, in opened: OpenSegment) throws(LogError) -> UInt64? {
        switch opened.index {
        case .frames(let index):
            guard let part = index.lane(lane) else { return nil }
            return try find(timestamp, part.ordinals, index.layout, opened.file)
        case .blocks(let index):
            let blocks = index.blocks(of: lane)
            return try PackedReader(file: opened.file).firstIndex(atOrAfter: timestamp, in: blocks)
        }
    }

    /// The first of a lane's entries in a segment with a timestamp or a later one. Timestamps never go back, so a
    /// few frames are read to find it.
    private func find(
        _ timestamp: Int64,
        _ ordinals: ArraySlice<UInt32>,
        _ layout: SegmentLayout,
        _ file: SegmentFile
    ) throws(LogError) -> UInt64? {
        let reader = FrameReader(file: file, lane: lane)
        let place = try ordinals.firstPlace { (ordinal) throws(LogError) in
            do throws(LogError) {
                return try reader.entry(at: layout.location(ordinal: ordinal)).timestamp >= timestamp
            } catch {
                guard error.code == .corrupt, !isTrimmed(error) else { throw error }
                return try isReached(timestamp, after: ordinal, ordinals, layout, reader)
            }
        }
        return place < ordinals.endIndex ? layout.baseIndex + UInt64(ordinals[place]) : nil
    }

    /// What a damaged frame's timestamp would tell: that of the next whole one of the lane and the segment is no earlier. Where
    /// none is whole, it counts as reached, so that nothing is passed over.
    private func isReached(
        _ timestamp: Int64,
        after damaged: UInt32,
        _ ordinals: ArraySlice<UInt32>,
        _ layout: SegmentLayout,
        _ reader: FrameReader
    ) throws(LogError) -> Bool {
        for ordinal in ordinals[ordinals.firstPlace { $0 > damaged }...] {
            do throws(LogError) {
                return try reader.entry(at: layout.location(ordinal: ordinal)).timestamp >= timestamp
            } catch {
                guard error.code == .corrupt, !isTrimmed(error) else { throw error }
            }
        }
        return true
    }
}
