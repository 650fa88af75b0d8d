import Synchronization
import WeirRuntime

/// An open segment file, for reading its frames.
struct SegmentFile: Sendable {
    var file: any File
    var path: String
    /// Where the checksums of the segment begin.
    var checksumSeed: UInt32
}

/// A sealed segment of the log: what is known of it without opening its file.
final class Segment: Sendable {
    let path: String
    /// The index of its first entry.
    let baseIndex: UInt64
    /// The index after its last entry: the base index of the segment after it.
    let nextIndex: UInt64
    private let knownNewestTimestamp: Mutex<Int64?>
    private let dropped = Atomic<Bool>(false)
    private let settled = Atomic<Bool>(false)
    private let currentID = Atomic<UInt64>(Segment.makeID())

    private static let lastID = Atomic<UInt64>(0)
    private static func makeID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    init(path: String, baseIndex: UInt64, nextIndex: UInt64, newestTimestamp: Int64? = nil) {
        self.path = path
        self.baseIndex = baseIndex
        self.nextIndex = nextIndex
        knownNewestTimestamp = Mutex(newestTimestamp)
    }

    /// Distinguishes the segments of all logs of the process, and the files that a segment had, as the key of caches.
    var id: UInt64 { currentID.load(ordering: .acquiring) }

    /// Another file with the same entries has its path from now on.
    func didReplaceFile() { currentID.store(Self.makeID(), ordering: .releasing) }

    /// Whether it need not be looked at for packing any more: it is packed, or it stays as it is.
    var isSettled: Bool {
        get { settled.load(ordering: .acquiring) }
        set { settled.store(newValue, ordering: .releasing) }
    }

    /// The timestamp of its newest entry, once it was read.
    var newestTimestamp: Int64? {
        get { knownNewestTimestamp.withLock { $0 } }
        set { knownNewestTimestamp.withLock { $0 = newValue } }
    }

    /// Whether it was trimmed away: its file may be gone, and no cache should keep it.
    var isDropped: Bool { dropped.load(ordering: .acquiring) }

    /// Marks it as trimmed away.
    func drop() { dropped.store(true, ordering: .releasing) }
}

/// A sealed segment that is open: its file and its index.
final class OpenSegment: Sendable {
    let file: SegmentFile
    let index: SealedIndex
    private let segment: Segment
    private let id: UInt64

    /// `id` is the segment's of before its file was opened.
    init(file: SegmentFile, index: SealedIndex, of segment: Segment, id: UInt64) {
        self.file = file
        self.index = index
        self.segment = segment
        self.id = id
    }

    /// Whether the segment has another file by now: this one may be written over.
    var isReplaced: Bool { segment.id != id }
}
