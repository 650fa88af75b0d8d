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
    /// Distinguishes the segments of all logs of the process, as the key of caches.
    let id: UInt64
    let path: String
    /// The index of its first entry.
    let baseIndex: UInt64
    /// The index after its last entry: the base index of the segment after it.
    let nextIndex: UInt64
    private let knownNewestTimestamp: Mutex<Int64?>
    private let dropped = Atomic<Bool>(false)

    private static let lastID = Atomic<UInt64>(0)

    init(path: String, baseIndex: UInt64, nextIndex: UInt64, newestTimestamp: Int64? = nil) {
        id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.path = path
        self.baseIndex = baseIndex
        self.nextIndex = nextIndex
        knownNewestTimestamp = Mutex(newestTimestamp)
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
    let index: SegmentIndex

    init(file: SegmentFile, index: SegmentIndex) {
        self.file = file
        self.index = index
    }
}
