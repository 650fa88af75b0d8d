/// What is to happen, in order of time; at one time, in the order in which it was added.
package struct Agenda<Action> {
    private struct Item {
        var time: UInt64
        var order: Int
        var action: Action

        func isBefore(_ other: Item) -> Bool { time == other.time ? order < other.order : time < other.time }
    }

    private var heap: [Item] = []
    private var order = 0

    package init() {}

    package mutating func add(at time: UInt64, _ action: Action) {
        order += 1
        let item = Item(time: time, order: order, action: action)
        heap.append(item)
        var place = heap.count - 1
        while place > 0, item.isBefore(heap[(place - 1) / 2]) {
            heap[place] = heap[(place - 1) / 2]
            place = (place - 1) / 2
        }
        heap[place] = item
    }

    /// Removes what comes first, unless it comes after a time.
    package mutating func popFirst(through end: UInt64) -> (time: UInt64, action: Action)? {
        guard let first = heap.first, first.time <= end, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.time, first.action) }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(last) else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = last
        return (first.time, first.action)
    }
}
