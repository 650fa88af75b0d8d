/// How much may be fetched of a shard while its handler works.
///
/// A fetch may begin while less than both figures waits for the handler; one fetch more may wait then. With zeros a fetch
/// begins when the handler has taken all that was fetched before.
public struct Prefetch: Hashable, Sendable {
    /// Records that wait for the handler.
    public var maximumRecords: Int
    /// Bytes of data and partition keys of records that wait for the handler.
    public var maximumBytes: Int

    /// 10,000 records and 4 MiB unless told otherwise.
    public init(maximumRecords: Int = 10_000, maximumBytes: Int = 4 << 20) {
        self.maximumRecords = maximumRecords
        self.maximumBytes = maximumBytes
    }

    /// Nothing is fetched while the handler works.
    public static let off = Prefetch(maximumRecords: 0, maximumBytes: 0)
}

/// Decides when the next fetch of a shard may begin.
struct PrefetchStateMachine {
    private let limits: Prefetch
    private var records = 0
    private var bytes = 0
    /// Whether the handler has nothing to do.
    private var isWantedNow = false

    init(_ limits: Prefetch) { self.limits = limits }

    /// Whether a fetch may begin.
    var mayFetch: Bool { isWantedNow || (records < limits.maximumRecords && bytes < limits.maximumBytes) }

    /// Something was fetched.
    mutating func fetched(records: Int, bytes: Int) {
        self.records += records
        self.bytes += bytes
        isWantedNow = false
    }

    /// The handler was given something that was fetched.
    mutating func taken(records: Int, bytes: Int) {
        self.records -= records
        self.bytes -= bytes
    }

    /// The handler waits for the next records.
    mutating func handlerWaits() { isWantedNow = true }
}
