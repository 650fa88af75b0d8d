import Synchronization

/// The sealed segments that are open, of all logs of a pool: bounded in file handles and in memory, the least
/// recently used closed first. A reader that still holds a closed one goes on with it safely.
final class SegmentCache: Sendable {
    private struct Entry {
        var segment: OpenSegment
        var lastUse: UInt64
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var clock: UInt64 = 0
        var bytes = 0
    }

    private let state = Mutex(State())
    private let maximumCount: Int
    private let maximumBytes: Int

    init(maximumCount: Int, maximumBytes: Int) {
        self.maximumCount = max(1, maximumCount)
        self.maximumBytes = maximumBytes
    }

    /// How many segments are open.
    var count: Int { state.withLock { $0.entries.count } }

    /// A segment, from the cache or opened now. Two readers may open the same one at once; one of the two is kept.
    func segment(
        _ segment: Segment,
        open: () throws(LogError) -> OpenSegment
    ) throws(LogError) -> OpenSegment {
        let id = segment.id
        let cached = state.withLock { state -> OpenSegment? in
            state.clock += 1
            state.entries[id]?.lastUse = state.clock
            return state.entries[id]?.segment
        }
        if let cached { return cached }
        let opened = try open()
        insert(opened, for: segment, id: id)
        return opened
    }

    /// Keeps a segment that is open from its beginning.
    func insert(_ opened: OpenSegment, for segment: Segment) { insert(opened, for: segment, id: segment.id) }

    /// Keeps an open segment, unless it was dropped or has another file since it had this ID.
    private func insert(_ opened: OpenSegment, for segment: Segment, id: UInt64) {
        // What is thrown out is let go after the lock: closing a file takes a system call.
        let evicted = state.withLock { state -> [OpenSegment] in
            if segment.isDropped || segment.id != id { return [] }
            state.clock += 1
            let replaced = state.entries.updateValue(Entry(segment: opened, lastUse: state.clock), forKey: id)
            state.bytes += opened.index.sizeInMemory - (replaced?.segment.index.sizeInMemory ?? 0)
            return evict(&state)
        }
        _ = evicted
    }

    /// Forgets segments; their files close when the last reader is done.
    func remove(_ segments: [Segment]) {
        let removed = state.withLock { state in
            segments.compactMap { segment -> OpenSegment? in
                let entry = state.entries.removeValue(forKey: segment.id)
                state.bytes -= entry?.segment.index.sizeInMemory ?? 0
                return entry?.segment
            }
        }
        _ = removed
    }

    /// A segment has another file: forgets the one that it had. Who reads that goes on with it.
    func didReplaceFile(of segment: Segment) {
        let removed = state.withLock { state -> OpenSegment? in
            let entry = state.entries.removeValue(forKey: segment.id)
            state.bytes -= entry?.segment.index.sizeInMemory ?? 0
            segment.didReplaceFile()
            return entry?.segment
        }
        _ = removed
    }

    private func evict(_ state: inout State) -> [OpenSegment] {
        var evicted: [OpenSegment] = []
        while state.entries.count > maximumCount || (state.bytes > maximumBytes && state.entries.count > 1) {
            guard let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
            state.entries.removeValue(forKey: oldest.key)
            state.bytes -= oldest.value.segment.index.sizeInMemory
            evicted.append(oldest.value.segment)
        }
        return evicted
    }
}
