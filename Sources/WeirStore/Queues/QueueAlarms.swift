import HeapModule

/// When records of a queue become visible, the soonest first: 16 bytes each, and room for a quarter more at most, since
/// there may be a million.
struct QueueAlarms: Sendable {
    /// A record that becomes visible at a time, unless it became something else meanwhile.
    struct Alarm: Comparable, Sendable {
        /// Milliseconds since 1970.
        var time: Int64
        /// The record's index in the stream's log.
        var index: UInt64

        static func < (left: Alarm, right: Alarm) -> Bool { (left.time, left.index) < (right.time, right.index) }
    }

    private var heap = Heap<Alarm>()
    /// Alarms for which memory is taken.
    private var room = 0

    /// Alarms for which memory is kept in any case.
    private static let leastRoom = 64

    /// How many there are.
    var count: Int { heap.count }

    /// The soonest.
    var first: Alarm? { heap.min }

    /// Bytes of memory that are taken.
    var byteCount: Int { room * MemoryLayout<Alarm>.stride }

    /// Sets one.
    mutating func insert(_ alarm: Alarm) {
        if heap.count == room { makeRoom() }
        heap.insert(alarm)
    }

    /// Takes the soonest out.
    mutating func removeFirst() {
        _ = heap.popMin()
        if room > Self.leastRoom, heap.count * 2 < room { replaceAll(heap.unordered) }
    }

    /// Sets these, and no others.
    mutating func replaceAll(_ alarms: [Alarm]) {
        heap = Heap(alarms)
        room = alarms.count
    }

    /// An array that grows by itself takes twice what it had.
    private mutating func makeRoom() {
        room = max(Self.leastRoom, room + room / 4)
        heap.reserveCapacity(room)
    }
}

extension Array {
    /// The same elements in memory that fits them.
    func fitted() -> [Element] {
        var copy: [Element] = []
        copy.reserveCapacity(count)
        copy.append(contentsOf: self)
        return copy
    }
}
