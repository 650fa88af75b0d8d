/// Keeps the books of the demo: what was put, who was given what, and whether anything was lost or out of order. Pure.
struct DemoLedger {
    /// A line of the file, by its number from 1.
    typealias Line = Int

    /// One delivery of a record to a worker's handler.
    struct Delivery: Hashable {
        var worker: String
        var shardID: String
        var sequenceNumber: String
        /// By a clock that all processes of the machine share.
        var nanoseconds: UInt64
        /// The handler took it; false: it refused it.
        var isAccepted: Bool
    }

    private struct Put {
        var line: Line
        var key: String
    }

    private struct Identity: Hashable {
        var shardID: String
        var sequenceNumber: String
    }

    private var puts: [Identity: Put] = [:]
    private var firstDelivery: [Identity: Delivery] = [:]
    private(set) var lineCount = 0
    private(set) var deadLetters: Set<String> = []
    private(set) var deliveriesByWorker: [String: Int] = [:]
    private var timesDelivered: [Identity: Int] = [:]

    /// A line was read from the file.
    mutating func read(line: Line) { lineCount = max(lineCount, line) }

    /// A line was put and acknowledged.
    mutating func put(line: Line, key: String, shardID: String, sequenceNumber: String) {
        puts[Identity(shardID: shardID, sequenceNumber: sequenceNumber)] = Put(line: line, key: key)
    }

    /// A worker's handler was given a record.
    mutating func deliver(_ delivery: Delivery) {
        let identity = Identity(shardID: delivery.shardID, sequenceNumber: delivery.sequenceNumber)
        deliveriesByWorker[delivery.worker, default: 0] += 1
        timesDelivered[identity, default: 0] += 1
        if let first = firstDelivery[identity], first.nanoseconds <= delivery.nanoseconds { return }
        firstDelivery[identity] = delivery
    }

    /// A record was found in the dead letter stream.
    mutating func deadLetter(sequenceNumber: String) { deadLetters.insert(sequenceNumber) }

    var putCount: Int { puts.count }

    /// Distinct records that a handler accepted.
    var processedCount: Int { firstDelivery.values.count { $0.isAccepted } }

    /// Distinct records that a handler was given, accepted or refused.
    var deliveredCount: Int { firstDelivery.count }

    /// Records that a handler was given more than once.
    var repeatedCount: Int { timesDelivered.values.count { $0 > 1 } }

    /// The lines that a handler refused, ascending.
    var refusedLines: [Line] {
        firstDelivery.filter { !$0.value.isAccepted }.compactMap { puts[$0.key]?.line }.sorted()
    }

    /// Records that were put and neither accepted by a handler nor found among the dead letters.
    var lostCount: Int {
        puts.keys.count { identity in
            firstDelivery[identity]?.isAccepted != true && !deadLetters.contains(identity.sequenceNumber)
        }
    }

    /// The keys whose records were first delivered in another order than they were put in.
    var keysOutOfOrder: [String] {
        var byKey: [String: [(line: Line, nanoseconds: UInt64)]] = [:]
        for (identity, delivery) in firstDelivery {
            guard let put = puts[identity] else { continue }
            byKey[put.key, default: []].append((put.line, delivery.nanoseconds))
        }
        return byKey.filter { _, deliveries in
            let lines = deliveries.sorted { ($0.nanoseconds, $0.line) < ($1.nanoseconds, $1.line) }.map(\.line)
            return lines != lines.sorted()
        }.keys.sorted()
    }

    /// The line of a record that was put.
    func line(shardID: String, sequenceNumber: String) -> Line? {
        puts[Identity(shardID: shardID, sequenceNumber: sequenceNumber)]?.line
    }

    /// The key of a record that was put.
    func key(shardID: String, sequenceNumber: String) -> String? {
        puts[Identity(shardID: shardID, sequenceNumber: sequenceNumber)]?.key
    }
}
