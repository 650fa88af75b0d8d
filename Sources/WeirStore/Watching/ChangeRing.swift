import NIOCore
import WeirModel
import WeirWire

/// The last changes of one table, for those who watch it: no I/O.
///
/// Changes are numbered from 0. A ring is told from all others by its epoch: another process, or a later ring of the same
/// table, knows nothing of the changes of this one.
struct ChangeRing {
    /// A change in the bytes of the catalogue, so that what is kept takes no more memory than it says.
    struct Change: Hashable {
        let key: ByteBuffer
        /// Nil when the item was deleted.
        let newImage: ByteBuffer?

        var size: Int { key.readableBytes + (newImage?.readableBytes ?? 0) }

        /// The change as it is told; nil when the bytes are damaged, which they never are: they never left the memory.
        var item: ChangedItem? {
            guard let key = ItemCoder.decode(key) else { return nil }
            guard let newImage else { return ChangedItem(key: key, newImage: nil) }
            return ItemCoder.decode(newImage).map { ChangedItem(key: key, newImage: $0) }
        }
    }

    /// How much is kept.
    struct Limits: Hashable {
        var count = WeirModel.Limits.maximumKeptChangeCount
        var bytes = WeirModel.Limits.maximumKeptChangesSizeInBytes
    }

    private let epoch: UInt64
    private let limits: Limits
    private var changes: [Change] = []
    /// The number of the first change that is kept.
    private var firstNumber: UInt64 = 0
    /// Bytes of the changes that are kept.
    private(set) var size = 0

    /// A ring that keeps nothing yet.
    init(epoch: UInt64, limits: Limits = Limits()) {
        self.epoch = epoch
        self.limits = limits
    }

    /// How many changes are kept.
    var count: Int { changes.count }

    /// The place behind the last change.
    var end: TableCursor { cursor(firstNumber + UInt64(changes.count)) }

    /// Keeps a change, and forgets the oldest when there are too many.
    mutating func add(_ change: Change) {
        changes.append(change)
        size += change.size
        guard changes.count > limits.count || size > limits.bytes else { return }
        // A quarter goes at once, so that not every change moves all the others.
        var forgotten = 0
        while forgotten < changes.count,
            changes.count - forgotten > limits.count - limits.count / 4 || size > limits.bytes - limits.bytes / 4
        {
            size -= changes[forgotten].size
            forgotten += 1
        }
        changes.removeFirst(forgotten)
        firstNumber += UInt64(forgotten)
    }

    /// The changes behind a place, at most so many and of about so many bytes, but one at least, and the place behind them.
    /// Nil when the place is none of this ring, or changes behind it are not kept any more.
    func changes(after cursor: TableCursor, count: Int, bytes: Int) -> (changes: ArraySlice<Change>, next: TableCursor)?
    {
        guard let start = index(of: cursor) else { return nil }
        var end = start
        var size = 0
        while end < changes.count, end - start < max(1, count) {
            size += changes[end].size
            if size > bytes, end > start { break }
            end += 1
        }
        return (changes[start..<end], self.cursor(firstNumber + UInt64(end)))
    }

    /// Whether a read from a place would give something, or nil.
    func hasNews(after cursor: TableCursor) -> Bool { index(of: cursor).map { $0 < changes.count } ?? true }

    private func cursor(_ number: UInt64) -> TableCursor {
        TableCursor("\(String(epoch, radix: 16))-\(number)")
    }

    /// The index of the change behind a place.
    private func index(of cursor: TableCursor) -> Int? {
        let parts = cursor.text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, UInt64(parts[0], radix: 16) == epoch, let number = UInt64(parts[1]),
            number >= firstNumber, number - firstNumber <= UInt64(changes.count)
        else { return nil }
        return Int(number - firstNumber)
    }
}
