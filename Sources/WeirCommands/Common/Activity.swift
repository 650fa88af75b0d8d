/// What a consumer has in hand, and when something last happened to it, by a clock in nanoseconds.
struct Activity: Sendable {
    /// Records that were handed over and are not done with.
    private(set) var recordsInHand = 0
    /// When that changed, or something else was noted.
    private(set) var lastChange: UInt64

    /// Nothing is in hand.
    init(at now: UInt64) { lastChange = now }

    /// So many more records are in hand, or fewer; or something else happened.
    mutating func note(_ records: Int = 0, at now: UInt64) {
        recordsInHand += records
        lastChange = now
    }
}
