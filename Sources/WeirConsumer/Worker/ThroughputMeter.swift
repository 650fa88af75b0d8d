/// Makes bytes a second of what consumers were given: half of it the last interval, half what it was before.
struct ThroughputMeter {
    private var throughputs: [String: Int64] = [:]
    private var measuredAt: UInt64

    init(startedAt: UInt64) { measuredAt = startedAt }

    /// Takes note of the bytes that each consumer was given since the last time, and gives the bytes a second of each.
    mutating func measure(_ delivered: [String: Int], at now: UInt64) -> [String: Int64] {
        guard now > measuredAt else { return throughputs }
        let seconds = Double(now - measuredAt) / 1e9
        measuredAt = now
        let before = throughputs
        throughputs = [:]
        for (key, bytes) in delivered {
            let current = Int64((Double(bytes) / seconds).rounded())
            throughputs[key] = before[key].map { ($0 + current) / 2 } ?? current
        }
        return throughputs
    }
}
