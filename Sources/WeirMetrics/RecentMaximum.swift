/// The greatest of the numbers that were observed lately: of the minute under way and the one before, as CloudWatch
/// keeps the maximum of a minute. So whoever asks once a minute misses none.
public struct RecentMaximum: Hashable, Sendable {
    /// Nanoseconds of a window.
    public static let window: UInt64 = 60_000_000_000

    private var number: UInt64?
    private var current: Double?
    private var last: Double?

    /// Nothing observed.
    public init() {}

    /// A number was observed, at a time in nanoseconds by a clock that only goes forward.
    public mutating func observe(_ value: Double, at now: UInt64) {
        turn(to: now / Self.window)
        current = max(current ?? value, value)
    }

    /// The greatest number; nil when none was observed lately.
    public func value(at now: UInt64) -> Double? {
        var turned = self
        turned.turn(to: now / Self.window)
        guard let last = turned.last else { return turned.current }
        return max(turned.current ?? last, last)
    }

    private mutating func turn(to next: UInt64) {
        guard let number else {
            self.number = next
            return
        }
        guard next > number else { return }
        last = next == number + 1 ? current : nil
        current = nil
        self.number = next
    }
}
