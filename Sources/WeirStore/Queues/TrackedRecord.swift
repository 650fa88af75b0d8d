/// A record that a queue has delivered and that nobody has acknowledged: 32 bytes.
///
/// Times are milliseconds since 1970, from 0 to 2⁴⁴ − 1 (the year 2527); others are taken for the nearest of these.
struct TrackedRecord: Hashable, Sendable {
    /// Its index in the stream's log.
    let index: UInt64
    /// When it becomes visible, in the upper 44 bits; whether it is a dead letter, in the lowest.
    private var visibility: UInt64
    /// When it was first received, in the upper 44 bits; how often it was, in the lower 20.
    private var history: UInt64
    /// The number of its shard: the lane of the log.
    let shard: UInt32
    /// Counts its deliveries, and what else makes receipts invalid. It begins with 1 and is never set back.
    var delivery: UInt32

    private static let timeShift: UInt64 = 20
    private static let lowBits: UInt64 = (1 << timeShift) - 1
    /// The times that it keeps as they are.
    static let times: ClosedRange<Int64> = 0...(1 << 44) - 1

    /// Receives that are counted, at most: then the count stands still.
    static let maximumReceiveCount = Int(lowBits)

    /// A record from its parts.
    init(
        index: UInt64,
        shard: UInt32,
        delivery: UInt32,
        receiveCount: Int,
        firstReceivedAt: Int64,
        visibleAt: Int64,
        isDeadLetter: Bool
    ) {
        self.index = index
        self.shard = shard
        self.delivery = delivery
        visibility = Self.upper(visibleAt) | (isDeadLetter ? 1 : 0)
        history = Self.upper(firstReceivedAt) | Self.lower(receiveCount)
    }

    /// When it may be received again.
    var visibleAt: Int64 {
        get { Int64(visibility >> Self.timeShift) }
        set { visibility = Self.upper(newValue) | (visibility & Self.lowBits) }
    }

    /// Whether it is received as a dead letter.
    var isDeadLetter: Bool {
        get { visibility & 1 == 1 }
        set { visibility = (visibility & ~1) | (newValue ? 1 : 0) }
    }

    /// When it was received for the first time.
    var firstReceivedAt: Int64 { Int64(history >> Self.timeShift) }

    /// How often it was received, since it was restored if it was.
    var receiveCount: Int {
        get { Int(history & Self.lowBits) }
        set { history = (history & ~Self.lowBits) | Self.lower(newValue) }
    }

    private static func upper(_ time: Int64) -> UInt64 {
        UInt64(min(max(time, times.lowerBound), times.upperBound)) << timeShift
    }

    private static func lower(_ count: Int) -> UInt64 { UInt64(min(max(count, 0), maximumReceiveCount)) }
}
