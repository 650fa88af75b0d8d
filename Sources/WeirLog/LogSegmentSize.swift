import Synchronization

/// The size of the segments of a log, which may be set at any time. The files on disk have whatever size they were made with: nothing
/// that is read, or recovered, depends on it.
final class LogSegmentSize: Sendable {
    private let bytes: Atomic<Int64>

    init(_ bytes: Int) { self.bytes = Atomic(Int64(bytes)) }

    /// Bytes at which a segment is sealed.
    var value: Int64 { bytes.load(ordering: .relaxed) }

    func set(_ bytes: Int) { self.bytes.store(Int64(bytes), ordering: .relaxed) }
}

extension Log {
    /// Bytes at which a segment is sealed and the next one begun, from now on; at most 4 GiB.
    ///
    /// It is followed by the next append: a tail that is larger already is sealed then, one that is to become larger is filled further.
    /// Sealed segments stay as they are. Spare files that are much smaller or larger than the segments are not written over.
    public var segmentSizeInBytes: Int {
        get { Int(files.segmentSize.value) }
        set { files.segmentSize.set(LogFormat.segmentSize(newValue)) }
    }
}
