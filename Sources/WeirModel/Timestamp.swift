/// A point in time, in milliseconds since 1970-01-01T00:00:00Z: the resolution of the Kinesis API.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var millisecondsSinceEpoch: Int64

    /// A point in time by its milliseconds since 1970-01-01T00:00:00Z.
    public init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    /// Seconds since 1970-01-01T00:00:00Z, with a fraction.
    public var secondsSinceEpoch: Double { Double(millisecondsSinceEpoch) / 1000 }

    public var description: String { "\(millisecondsSinceEpoch)ms" }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }
}
