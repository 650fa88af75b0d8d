/// How long calls took, by bounds that are the same for all: what a put to a disk and a read from memory have in
/// common.
public struct LatencyHistogram: Hashable, Sendable {
    /// The upper bounds, in nanoseconds: from half a millisecond to five seconds.
    public static let bounds: [UInt64] = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 5000].map {
        UInt64($0 * 1_000_000)
    }

    /// How many lie at or below each bound and above the one before; the last is how many lie above all.
    public private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// Nanoseconds of all together.
    public private(set) var sum: UInt64 = 0

    /// Nothing observed.
    public init() {}

    /// How many were observed.
    public var count: UInt64 { counts.reduce(0, +) }

    /// A call took so long.
    public mutating func observe(nanoseconds: UInt64) {
        var index = 0
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        counts[index] += 1
        sum &+= nanoseconds
    }

    /// Adds the observations of another.
    public mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        sum &+= other.sum
    }
}
