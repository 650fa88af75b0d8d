/// Indexes that wait in a line: put in behind, taken out in front. 8 bytes each, and room for a quarter more at most besides
/// those that were taken out lately, which are fewer than those that wait.
struct IndexLine: Sendable {
    private var elements: [UInt64] = []
    private var head = 0

    /// Indexes for which memory is kept in any case.
    private static let leastRoom = 64

    /// How many there are.
    var count: Int { elements.count - head }

    /// Whether there is none.
    var isEmpty: Bool { head == elements.count }

    /// The first.
    var first: UInt64? { isEmpty ? nil : elements[head] }

    /// Puts one in behind.
    mutating func append(_ index: UInt64) {
        if elements.count == elements.capacity { makeRoom() }
        elements.append(index)
    }

    /// Takes the first one out.
    mutating func popFirst() -> UInt64? {
        guard !isEmpty else { return nil }
        defer {
            head += 1
            if head == elements.count {
                elements = []
                head = 0
            } else if head >= Self.leastRoom, head * 2 >= elements.count {
                elements = Array(elements[head...])
                head = 0
            }
        }
        return elements[head]
    }

    /// Puts some back in front, in their order.
    mutating func putBack(_ indexes: [UInt64]) {
        if indexes.count <= head {
            head -= indexes.count
            elements.replaceSubrange(head..<head + indexes.count, with: indexes)
        } else {
            elements.replaceSubrange(..<head, with: indexes)
            head = 0
        }
    }

    /// Keeps those for which `isKept` is true.
    mutating func keep(_ isKept: (UInt64) -> Bool) {
        elements = elements[head...].filter(isKept).fitted()
        head = 0
    }

    /// Bytes of memory that are taken.
    var byteCount: Int { elements.capacity * MemoryLayout<UInt64>.stride }

    /// An array that grows by itself takes twice what it had.
    private mutating func makeRoom() {
        guard head * 4 < elements.count || head == 0 else {
            elements.removeSubrange(..<head)
            head = 0
            return
        }
        elements.reserveCapacity(max(Self.leastRoom, elements.count + elements.count / 4))
    }
}
