/// For how long, at least, a lease has not changed while its stream was not the application's, as workers tell each other and
/// those that come after them.
///
/// It is made of times by monotonic clocks: who sees the lease adds to what was told before the time since then. So it is never
/// longer than the lease was at its counter, whatever wall clocks show, and the time in which no worker ran does not count.
public struct FormerTime: Hashable, Sendable, CustomStringConvertible {
    /// The counter of the lease then. At another one the time says nothing.
    public let counter: Int64
    /// How long: 0 or more.
    public let milliseconds: Int64

    /// A time from its parts.
    public init(counter: Int64, milliseconds: Int64) {
        self.counter = counter
        self.milliseconds = milliseconds
    }

    /// A time from its text, `counter:milliseconds`. Nil when the text is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let counter = Int64(parts[0]), let milliseconds = Int64(parts[1]), milliseconds >= 0
        else { return nil }
        self.init(counter: counter, milliseconds: milliseconds)
    }

    public var description: String { "\(counter):\(milliseconds)" }
}
