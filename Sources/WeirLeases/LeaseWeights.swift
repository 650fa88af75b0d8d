/// By what the workers of an application share its leases.
public enum LeaseBalance: Hashable, Sendable {
    /// Each worker holds as many leases as the others, within one.
    case count
    /// Each worker delivers as many bytes a second as the others, within a fifth of the average. Workers tell in the leases what
    /// they deliver of each shard. While a worker of the KCL 2.x holds a lease, it goes by their number.
    case throughput
}

/// What each worker of an application has to do: what its leases weigh, in bytes a second.
///
/// A lease weighs what its owner delivers of it, and a sixteenth of the average of all beside it, since an idle shard costs
/// calls too. One of which nothing is known yet counts as the average.
struct LeaseWeights: Sendable {
    /// The weight of each worker.
    private var weights: [String: Int64] = [:]
    private let average: Int64
    private let base: Int64
    /// The average weight of the workers.
    let mean: Int64
    private let ownID: String

    init(counts: [String: Int], deliveries: [String: LeaseEntries.Delivery], ownID: String) {
        let known = deliveries.values.reduce(into: LeaseEntries.Delivery()) { sum, delivery in
            sum.count += delivery.count
            sum.bytesPerSecond += delivery.bytesPerSecond
        }
        average = known.count > 0 ? known.bytesPerSecond / Int64(known.count) : 0
        base = max(average / 16, 1024)
        for (worker, count) in counts {
            let delivery = deliveries[worker, default: .init()]
            weights[worker] =
                delivery.bytesPerSecond + Int64(count - delivery.count) * average + Int64(count) * base
        }
        mean = weights.values.reduce(0, +) / Int64(max(1, weights.count))
        self.ownID = ownID
    }

    /// What a lease weighs.
    func weight(of lease: Lease) -> Int64 { (lease.throughput ?? average) + base }

    func weight(of worker: String) -> Int64 { weights[worker, default: 0] }

    /// The workers that have more to do than this one, the heaviest first.
    var heavier: [String] {
        let own = weight(of: ownID)
        return weights.filter { $0.value > own }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// Between two workers so far apart nothing is moved.
    var tolerance: Int64 { mean / 5 }

    /// Whether this worker has less to do than the average, and by more than the tolerance less than another one.
    var isBehind: Bool {
        let own = weight(of: ownID)
        return own < mean && (weights.values.max() ?? 0) - own > tolerance
    }

    /// Whether two workers that are so far apart come together by moving so much: at least it goes less far to the other side.
    func isWorthwhile(_ weight: Int64, across gap: Int64, tolerance: Int64) -> Bool {
        2 * weight <= gap || gap - weight >= tolerance / 2
    }
}
