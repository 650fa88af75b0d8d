import DequeModule
import NIOCore
import Synchronization

/// What the log holds, as far as it is acknowledged: the sealed segments, the tail's entries and the lanes.
///
/// The writer publishes here after a sync; readers plan from here. No call does I/O.
final class LogIndex: Sendable {
    private struct State {
        var sealed: Deque<Segment>
        var tailFile: SegmentFile
        var tail: TailIndex
        var recent = RecentCommits()
        var isClosed = false

        var firstIndex: UInt64 { sealed.first?.baseIndex ?? tail.baseIndex }
    }

    /// Where a reader finds the next entries of a lane.
    enum Plan {
        case closed
        /// The lane holds nothing from there on; read on from this index.
        case tip(UInt64)
        /// Somewhere in this segment or after it.
        case sealed(Segment)
        /// In the tail and in memory: at these places, in these commits.
        case memory([FrameLocation], [RecentCommit])
        /// In the tail, at these places; empty when no more fits the limits.
        case tail(SegmentFile, [FrameLocation])
    }

    private let state: Mutex<State>

    /// The index of a log with an empty tail.
    init(sealed: [Segment], tailFile: SegmentFile, tail: TailIndex) {
        state = Mutex(State(sealed: Deque(sealed), tailFile: tailFile, tail: tail))
    }

    // MARK: What readers ask

    /// Whether the log is closed.
    var isClosed: Bool { state.withLock(\.isClosed) }

    /// The index of the next acknowledged entry.
    var nextIndex: UInt64 { state.withLock { $0.tail.nextIndex } }

    /// The newest timestamp of a lane that still has an entry in the log.
    func newestTimestamp(lane: UInt32) -> Int64? {
        state.withLock { state in
            guard let newest = state.tail.lanes.newest(lane), newest.index >= state.firstIndex else { return nil }
            return newest.timestamp
        }
    }

    /// The next acknowledged index when a lane holds no entry of that timestamp or later; nil when it holds one.
    func nextIndex(unlessLane lane: UInt32, reaches timestamp: Int64) -> UInt64? {
        state.withLock { state in
            guard let newest = state.tail.lanes.newest(lane), newest.index >= state.firstIndex else {
                return state.tail.nextIndex
            }
            return newest.timestamp < timestamp ? state.tail.nextIndex : nil
        }
    }

    /// Whether a lane holds nothing at or after an index.
    func isAtTip(lane: UInt32, _ index: UInt64) -> Bool {
        state.withLock { ($0.tail.lanes.newest(lane)?.index ?? 0) < index }
    }

    /// Whether a read of a lane from an index on would wait at the tip; not when the log is closed.
    func waitsAtTip(lane: UInt32, from index: UInt64) -> Bool {
        state.withLock { state in
            (state.tail.lanes.newest(lane)?.index ?? 0) < max(index, state.firstIndex) && !state.isClosed
        }
    }

    /// Where to find a lane's entries from an index on.
    func plan(lane: UInt32, from index: UInt64, maximumCount: Int, maximumBytes: Int, atLeastOne: Bool) -> Plan {
        state.withLock { state in
            if state.isClosed { return .closed }
            let next = max(index, state.tail.nextIndex)
            guard let newest = state.tail.lanes.newest(lane), newest.index >= max(index, state.firstIndex) else {
                return .tip(next)
            }
            if index < state.tail.baseIndex {
                let place = state.sealed.firstPlace { $0.nextIndex > index }
                if place < state.sealed.endIndex { return .sealed(state.sealed[place]) }
            }
            let locations = state.tail.layout.locations(
                of: state.tail.lanes.ordinals(lane),
                from: index,
                maximumCount: maximumCount,
                maximumBytes: maximumBytes,
                atLeastOne: atLeastOne
            )
            guard let locations else { return .tip(next) }
            if let commits = state.recent.holding(locations) { return .memory(locations, commits) }
            return .tail(state.tailFile, locations)
        }
    }

    /// The whole log at one moment, as one lane sees it.
    struct Snapshot {
        /// The sealed segments, oldest first.
        let sealed: [Segment]
        /// The tail, which begins where the last of them ends.
        let tailFile: SegmentFile
        let tailLayout: SegmentLayout
        /// The lane's entries in the tail.
        let tailOrdinals: ArraySlice<UInt32>
    }

    /// The log now; nil when it is closed.
    ///
    /// Both parts come from one moment: an entry that moves from the tail to a sealed segment is in one of them.
    func snapshot(lane: UInt32) -> Snapshot? {
        state.withLock { state in
            if state.isClosed { return nil }
            return Snapshot(
                sealed: Array(state.sealed),
                tailFile: state.tailFile,
                tailLayout: state.tail.layout,
                tailOrdinals: state.tail.lanes.ordinals(lane)
            )
        }
    }

    /// The sealed segments that end behind an index, oldest first, and how many entries a lane has from there on in the tail. Nil
    /// when the log is closed.
    func parts(lane: UInt32, from index: UInt64) -> (sealed: [Segment], tailCount: Int)? {
        state.withLock { state in
            if state.isClosed { return nil }
            let place = state.sealed.firstPlace { $0.nextIndex > index }
            let (ordinals, base) = (state.tail.lanes.ordinals(lane), state.tail.baseIndex)
            let first = ordinals.firstPlace { base + UInt64($0) >= index }
            return (Array(state.sealed[place...]), ordinals.endIndex - first)
        }
    }

    // MARK: What the writer tells

    /// Takes in whole frames that readers may see, the first of which stands at an offset of the tail. With `kept`, they are kept
    /// in memory as well: all from some commit on, or none.
    func publish(_ frames: UnsafeRawBufferPointer, at offset: Int64, kept: ByteBuffer?) {
        state.withLock { state in
            state.tail.add(frames, at: offset)
            if let kept {
                state.recent.add(RecentCommit(offset: offset, frames: kept))
            } else {
                state.recent.forgetAll()
            }
        }
    }

    /// Forgets the oldest commit that is kept in memory, and gives its buffer.
    func dropOldestRecent() -> ByteBuffer? { state.withLock { $0.recent.dropOldest() } }

    /// Whether an entry was trimmed away.
    func isTrimmed(_ index: UInt64) -> Bool { state.withLock { index < $0.firstIndex } }

    /// The timestamp of the tail's newest entry; nil when it is empty.
    var newestTailTimestamp: Int64? {
        state.withLock { $0.tail.isEmpty ? nil : $0.tail.newestTimestamp }
    }

    /// The index with which the tail is sealed.
    func sealedTail() -> SegmentIndex {
        state.withLock { $0.tail.sealed(from: $0.firstIndex) }
    }

    /// Replaces the tail, which was sealed, by a new and empty one.
    func roll(sealed: Segment, tailFile: SegmentFile) {
        state.withLock { state in
            state.sealed.append(sealed)
            state.tailFile = tailFile
            state.recent.forgetAll()
            state.tail.begin(baseIndex: sealed.nextIndex, firstIndex: state.firstIndex)
        }
    }

    /// The oldest sealed segment.
    var firstSealed: Segment? { state.withLock { $0.sealed.first } }

    /// The newest sealed segment that may have to be packed.
    var newestUnsettled: Segment? { state.withLock { $0.sealed.last { !$0.isSettled } } }

    /// Drops the oldest sealed segment.
    func dropFirst() -> Segment? {
        state.withLock { state in
            let segment = state.sealed.popFirst()
            segment?.drop()
            return segment
        }
    }

    /// From now on readers are refused. Returns the sealed segments, of which none is opened any more.
    func close() -> [Segment] {
        state.withLock { state in
            state.isClosed = true
            state.recent.forgetAll()
            for segment in state.sealed { segment.drop() }
            return Array(state.sealed)
        }
    }
}
