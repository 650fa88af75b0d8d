/// Decides which records of a shard are handed over side by side: at most so many portions at a time, and never two that
/// share a partition key, so that each key's records stay in order.
///
/// Pure: records are numbered from 0 in the order in which they were read.
struct KeyedDeliveryStateMachine {
    private let parallelism: Int
    private let isOneByOne: Bool
    /// The records of each key that were not handed over yet.
    private var queues: [String: Queue] = [:]
    /// The first record of each key of which none is in hand, the greatest first.
    private var ready: [Entry] = []
    /// The keys of the records in hand.
    private var keysInHand: [Int: String] = [:]
    private var portionsInHand = 0
    /// The last record that was ever handed over.
    private var furthest = -1
    /// Records after this one are not handed over any more.
    private var limit = Int.max
    private var count = 0
    /// Records that were not handed over.
    private var waitingCount = 0
    /// Records that are done, while some before them are not.
    private var doneAhead: Set<Int> = []
    /// All records before this one are done.
    private(set) var doneCount = 0

    private struct Entry {
        var index: Int
        var key: String
    }

    /// Taken from the front by moving on.
    private struct Queue {
        var indices: [Int] = []
        var front = 0

        var first: Int? { front < indices.count ? indices[front] : nil }

        mutating func removeFirst() {
            front += 1
            // What was taken is let go now and then: the queue of a key that always has records never ends.
            guard front >= 1024, front * 2 >= indices.count else { return }
            indices.removeFirst(front)
            front = 0
        }
    }

    init(parallelism: Int, isOneByOne: Bool) {
        self.parallelism = parallelism
        self.isOneByOne = isOneByOne
    }

    /// Records that are not done.
    var pendingCount: Int { count - doneCount - doneAhead.count }

    /// The next record was read.
    mutating func add(key: String) {
        let isNew = queues[key] == nil
        queues[key, default: Queue()].indices.append(count)
        if isNew { insert(Entry(index: count, key: key)) }
        count += 1
        waitingCount += 1
    }

    /// The records to hand over now, in order; nil when there are none, or enough are in hand. Handlers of batches share
    /// evenly what waits.
    mutating func next() -> [Int]? {
        guard portionsInHand < parallelism, let first = ready.last, first.index <= limit else { return nil }
        let size = isOneByOne ? 1 : (waitingCount + parallelism - 1) / parallelism
        var portion: [Int] = []
        var followed: Set<String> = []
        while portion.count < size, let last = ready.last, last.index <= limit, let entry = ready.popLast() {
            portion.append(entry.index)
            keysInHand[entry.index] = entry.key
            queues[entry.key]?.removeFirst()
            // A key's records may follow each other in one portion, but not in two.
            if portion.count < size, let following = queues[entry.key]?.first {
                insert(Entry(index: following, key: entry.key))
                followed.insert(entry.key)
            }
        }
        if !followed.isEmpty { ready.removeAll { followed.contains($0.key) } }
        waitingCount -= portion.count
        furthest = max(furthest, portion.last ?? furthest)
        portionsInHand += 1
        return portion
    }

    /// From now on hands over only what lies before records that were handed over already: when all of it is done, the
    /// checkpoint is behind everything that is done.
    mutating func closeGaps() { limit = min(limit, furthest) }

    /// A record in hand was processed or given up.
    mutating func done(_ index: Int) {
        doneAhead.insert(index)
        while doneAhead.remove(doneCount) != nil { doneCount += 1 }
    }

    /// All records of a portion are done.
    mutating func finished(_ portion: [Int]) {
        portionsInHand -= 1
        for key in Set(portion.compactMap { keysInHand.removeValue(forKey: $0) }) {
            if let next = queues[key]?.first {
                insert(Entry(index: next, key: key))
            } else {
                queues[key] = nil
            }
        }
    }

    private mutating func insert(_ entry: Entry) {
        var (low, high) = (0, ready.count)
        while low < high {
            let middle = (low + high) / 2
            if ready[middle].index > entry.index { low = middle + 1 } else { high = middle }
        }
        ready.insert(entry, at: low)
    }
}
