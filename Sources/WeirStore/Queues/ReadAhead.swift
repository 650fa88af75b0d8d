import NIOCore
import WeirModel

/// Records that a queue has read from its stream and not delivered yet, by shard: to read some hundreds costs little more than to read
/// ten, and mostly needs another thread.
struct ReadAhead {
    private struct Window {
        /// Those from `first` on were not taken, and some before were.
        var records: StoredRecords
        var first: Int
        /// Bytes of memory of all of them, which go together.
        let size: Int
        /// Where the shard is read on behind them; nil when that is its end.
        var next: ShardPosition?
    }

    /// Bytes of records that are kept, at most.
    static let maximumSize = 1 << 20
    /// Bytes that a record takes beside its data and its partition key.
    static let overheadInBytes = MemoryLayout<StoredRecords.Place>.stride
    /// Bytes that are read of one shard at a time, and records.
    private static let windowSizes = (16 << 10)...(256 << 10)
    static let windowCount = 512

    /// Whether somebody reads. Nobody takes records meanwhile: it is not known yet where the shards go on.
    var isReading = false
    private var windows: [ShardID: Window] = [:]
    private(set) var byteCount = 0
    /// Bytes of a record, about: of those that were read last.
    private var recordSize = 0

    /// Bytes to read of a shard, of so many, for a receive that wants `count` records and `maximumBytes` at most. Where records
    /// are large, what is wanted and no more.
    func readSize(count: Int, maximumBytes: Int, shardCount: Int) -> (count: Int, bytes: Int) {
        let share = Self.maximumSize / max(1, shardCount)
        let window = min(max(share, Self.windowSizes.lowerBound), Self.windowSizes.upperBound)
        guard recordSize * count * 2 <= window, window <= maximumBytes else { return (count, maximumBytes) }
        return (max(count, Self.windowCount), window)
    }

    /// Whether there are records of a shard.
    func holds(_ shard: ShardID) -> Bool { windows[shard] != nil }

    /// When the next record of a shard arrived; nil when there is none.
    func nextArrival(of shard: ShardID) -> Timestamp? {
        windows[shard].map { $0.records.places[$0.first].approximateArrival }
    }

    /// Where the records of a shard begin: behind what was taken of it. Nil when there are none.
    func start(of shard: ShardID) -> UInt64? {
        windows[shard].map { $0.records.places[$0.first - 1].sequenceNumber.index + 1 }
    }

    /// Takes records of a shard, as a read of it would give them; nil when there are none.
    mutating func take(_ shard: ShardID, maximumCount: Int, maximumBytes: Int) -> ShardRead? {
        guard let place = windows.index(forKey: shard) else { return nil }
        let window = windows.values[place]
        let end = Self.end(window.records.places[window.first...], maximumCount, maximumBytes)
        let records = window.records.part(window.first..<end)
        guard end < window.records.count else {
            windows.remove(at: place)
            byteCount -= window.size
            return ShardRead(records: records, next: window.next, millisBehindLatest: 0)
        }
        windows.values[place].first = end
        return ShardRead(records: records, next: Self.behind(records), millisBehindLatest: 0)
    }

    /// Takes in what was read of a shard: gives what a read of no more would have given, and keeps the rest.
    mutating func keep(
        _ read: ShardRead,
        of shard: ShardID,
        maximumCount: Int,
        maximumBytes: Int
    ) -> ShardRead {
        drop(shard)
        let end = Self.end(read.records.places[...], maximumCount, maximumBytes)
        let size = read.records.contentSize + read.records.count * Self.overheadInBytes
        if !read.records.isEmpty { recordSize = read.records.contentSize / read.records.count }
        guard end < read.records.count else { return read }
        if byteCount + size <= Self.maximumSize {
            windows[shard] = Window(records: read.records, first: end, size: size, next: read.next)
            byteCount += size
        }
        let records = read.records.part(0..<end)
        return ShardRead(records: records, next: Self.behind(records), millisBehindLatest: 0)
    }

    /// Forgets the records of a shard.
    mutating func drop(_ shard: ShardID) {
        guard let window = windows.removeValue(forKey: shard) else { return }
        byteCount -= window.size
    }

    /// Where those records end that fit, at least one.
    private static func end(_ records: ArraySlice<StoredRecords.Place>, _ count: Int, _ bytes: Int) -> Int {
        var size = 0
        var end = records.startIndex
        while end < records.endIndex, end - records.startIndex < count {
            let more = records[end].contentSize
            if size + more > bytes, size > 0 { break }
            size += more
            end += 1
        }
        return end
    }

    private static func behind(_ records: StoredRecords) -> ShardPosition? {
        records.places.last.map { ShardPosition(index: $0.sequenceNumber.index + 1) }
    }
}
