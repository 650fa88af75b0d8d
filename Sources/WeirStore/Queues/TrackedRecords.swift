/// Tracked records by ascending index, in pages: less than 64 bytes a record, and any two neighbouring pages are more than half
/// full together.
struct TrackedRecords: Sendable {
    /// Records of a page, at most.
    static let pageSize = 128

    private var pages: [[TrackedRecord]] = []
    /// How many there are.
    private(set) var count = 0
    /// How many of them are dead letters.
    private(set) var deadLetterCount = 0

    /// Whether there is none.
    var isEmpty: Bool { count == 0 }

    /// The one of the least index.
    var first: TrackedRecord? { pages.first?.first }

    /// The record of an index.
    subscript(index: UInt64) -> TrackedRecord? {
        guard let (page, place, isThere) = find(index), isThere else { return nil }
        return pages[page][place]
    }

    /// Adds a record, or puts it in the place of the one of its index.
    mutating func set(_ record: TrackedRecord) {
        if record.isDeadLetter { deadLetterCount += 1 }
        guard let (page, place, isThere) = find(record.index) else {
            pages.append([record])
            count += 1
            return
        }
        if isThere {
            if pages[page][place].isDeadLetter { deadLetterCount -= 1 }
            pages[page][place] = record
            return
        }
        count += 1
        guard pages[page].count == Self.pageSize else {
            pages[page].insert(record, at: place)
            return
        }
        if page == pages.count - 1, place == Self.pageSize {
            // Mostly records come in order: the page stays full.
            pages.append([record])
            return
        }
        let middle = Self.pageSize / 2
        let upper = Array(pages[page][middle...])
        pages[page] = Array(pages[page][..<middle])
        pages.insert(upper, at: page + 1)
        if place <= middle {
            pages[page].insert(record, at: place)
        } else {
            pages[page + 1].insert(record, at: place - middle)
        }
    }

    /// Removes a record, and tells which it was.
    @discardableResult
    mutating func remove(_ index: UInt64) -> TrackedRecord? {
        guard let (page, place, isThere) = find(index), isThere else { return nil }
        let record = pages[page].remove(at: place)
        count -= 1
        if record.isDeadLetter { deadLetterCount -= 1 }
        mergeAround(page)
        return record
    }

    /// Removes the records below an index.
    mutating func removeAll(below index: UInt64) {
        guard let (page, place, _) = find(index) else { return }
        for record in pages[..<page].joined() where record.isDeadLetter { deadLetterCount -= 1 }
        for record in pages[page][..<place] where record.isDeadLetter { deadLetterCount -= 1 }
        count -= pages[..<page].reduce(0) { $0 + $1.count } + place
        pages[page].removeSubrange(..<place)
        pages.removeSubrange(..<page)
        if pages.isEmpty { pages = [] } else { mergeAround(0) }
    }

    /// Calls `body` with each record, by ascending index.
    func forEach(_ body: (TrackedRecord) -> Void) {
        for page in pages {
            for record in page { body(record) }
        }
    }

    /// Bytes of memory that are taken.
    var byteCount: Int {
        let records = pages.reduce(0) { $0 + $1.capacity * MemoryLayout<TrackedRecord>.stride + 32 }
        return records + pages.capacity * MemoryLayout<[TrackedRecord]>.stride
    }

    /// Where an index is or would be; nil when there is no page.
    private func find(_ index: UInt64) -> (page: Int, place: Int, isThere: Bool)? {
        guard !pages.isEmpty else { return nil }
        // The last page that does not begin behind it.
        var low = 0
        var high = pages.count
        while low < high {
            let middle = (low + high) / 2
            if pages[middle][0].index <= index { low = middle + 1 } else { high = middle }
        }
        let page = max(0, low - 1)
        return pages[page].withUnsafeBufferPointer { records in
            var low = 0
            var high = records.count
            while low < high {
                let middle = (low + high) / 2
                if records[middle].index < index { low = middle + 1 } else { high = middle }
            }
            return (page, low, low < records.count && records[low].index == index)
        }
    }

    /// A page lost records: it is put together with a neighbour where both fit into one page.
    private mutating func mergeAround(_ page: Int) {
        defer {
            // The list of pages does not shrink by itself.
            if pages.capacity > Self.pageSize, pages.count * 4 < pages.capacity { pages = pages.fitted() }
        }
        if pages[page].isEmpty {
            pages.remove(at: page)
            return
        }
        guard pages[page].count <= Self.pageSize / 2 else { return }
        if page + 1 < pages.count, pages[page].count + pages[page + 1].count <= Self.pageSize {
            pages[page] += pages.remove(at: page + 1)
        } else if page > 0, pages[page - 1].count + pages[page].count <= Self.pageSize {
            pages[page - 1] += pages.remove(at: page)
        }
    }
}
