/// Lets through so much a second, and what a second gives at once after a pause.
struct TokenBucket {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// Tokens that come back each second; also how many there are at most.
    private let ratePerSecond: Int64
    /// What is left, in billionths of a token; below zero where more was taken than there was.
    private var level: Int64
    private var updatedAt: UInt64

    /// A full bucket.
    init(ratePerSecond: Int, at now: UInt64) {
        self.ratePerSecond = Int64(ratePerSecond)
        level = self.ratePerSecond * Self.nanosecondsPerSecond
        updatedAt = now
    }

    /// Whether there is so much. A cost above what a second gives needs a full bucket, which owes the rest then.
    mutating func has(_ cost: Int, at now: UInt64) -> Bool {
        refill(at: now)
        return level >= min(Int64(cost), ratePerSecond) * Self.nanosecondsPerSecond
    }

    /// Takes so much, whether it is there or not.
    mutating func take(_ cost: Int, at now: UInt64) {
        refill(at: now)
        level -= Int64(cost) * Self.nanosecondsPerSecond
    }

    /// Whether nothing was taken lately: a new bucket would be the same.
    mutating func isFull(at now: UInt64) -> Bool {
        refill(at: now)
        return level == capacity
    }

    private var capacity: Int64 { ratePerSecond * Self.nanosecondsPerSecond }

    private mutating func refill(at now: UInt64) {
        guard now > updatedAt else { return }
        let missing = capacity - level
        // A longer time than it takes to fill the bucket would be the same, and might overflow.
        let elapsed = min(now - updatedAt, UInt64(missing / ratePerSecond) + 1)
        level = min(capacity, level + Int64(elapsed) * ratePerSecond)
        updatedAt = now
    }
}
