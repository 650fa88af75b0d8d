/// The leases that nobody holds. Some of them can be drawn at random without a look at the others, in an order that depends on
/// nothing but what happened before.
struct AvailableLeases: Sendable {
    /// A lease, and since when nobody has held it, as far as this worker knows.
    struct Element: Sendable {
        var key: String
        var since: UInt64
    }

    private(set) var elements: [Element] = []
    private var places: [String: Int] = [:]

    var isEmpty: Bool { elements.isEmpty }

    /// Since when the one has waited that has waited longest; `max` when there is none.
    var oldest: UInt64 { elements.reduce(.max) { min($0, $1.since) } }

    mutating func insert(_ key: String, since time: UInt64) {
        guard places[key] == nil else { return }
        places[key] = elements.count
        elements.append(Element(key: key, since: time))
    }

    mutating func remove(_ key: String) {
        guard let place = places.removeValue(forKey: key), let last = elements.popLast(), last.key != key else {
            return
        }
        elements[place] = last
        places[last.key] = place
    }

    /// All of them in a random order, each made up when it is asked for.
    func shuffled() -> Shuffle { Shuffle(count: elements.count) }

    /// A random order of places, of which only those have been decided that were asked for.
    struct Shuffle {
        private let count: Int
        private var next = 0
        /// What lies where something was drawn from.
        private var moved: [Int: Int] = [:]

        fileprivate init(count: Int) { self.count = count }

        /// The next place; nil after all.
        mutating func draw(using random: inout SplitMix64) -> Int? {
            guard next < count else { return nil }
            let place = Int.random(in: next..<count, using: &random)
            let drawn = moved[place] ?? place
            moved[place] = moved.removeValue(forKey: next) ?? next
            next += 1
            return drawn
        }
    }
}
