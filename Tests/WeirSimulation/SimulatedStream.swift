import WeirLeases
import WeirModel
import WeirWire

/// The shards of a stream, or of several, and when their records come.
///
/// The records of a shard are numbered from 1. A shard that the stream does not know has records without end, all of them
/// there at once.
package struct SimulatedStream {
    package struct Shard {
        /// The key of its lease: where there is one stream, the shard's ID.
        package var key: String
        /// The stream, where there are several.
        package var stream: StreamIdentity?
        package var parents: [String] = []
        package var children: [String] = []
        package var range = HashKeyRange.all
        package var openedAt: UInt64 = 0
        /// Between two records; 0: all are there at once.
        package var interval: UInt64 = 0
        /// What whoever reads it at the tip is given.
        package var bytesPerSecond: Int64 = 0
        /// The last record; nil while it is open.
        package var end: Int?
        /// Whether it is listed still: one that was trimmed is not.
        package var isListed = true

        /// The newest record that is there.
        package func newest(at time: UInt64) -> Int {
            let count = interval == 0 ? Int.max : time < openedAt ? 0 : Int((time - openedAt) / interval)
            return min(count, end ?? .max)
        }

        /// The last record before a time.
        package func last(before time: UInt64) -> Int {
            guard interval > 0, time > openedAt else { return 0 }
            return min(Int((time - openedAt - 1) / interval), end ?? .max)
        }

        func arrival(of record: Int) -> UInt64 { openedAt + UInt64(record) * interval }

        package var shardID: String { Lease.shardID(ofKey: key) }

        package var parentShardIDs: [String] { parents.map(Lease.shardID(ofKey:)) }

        /// As ListShards shows it.
        package var wire: WeirWire.Shard {
            WeirWire.Shard(
                shardID: shardID,
                parentShardID: parentShardIDs.first,
                adjacentParentShardID: parents.count > 1 ? parentShardIDs[1] : nil,
                hashKeyRange: HashKeyRangeShape(
                    startingHashKey: range.starting.description,
                    endingHashKey: range.ending.description
                ),
                sequenceNumberRange: SequenceNumberRange(
                    startingSequenceNumber: "0",
                    endingSequenceNumber: end.map(String.init)
                )
            )
        }
    }

    package private(set) var shards: [String: Shard] = [:]
    /// How many shards each stream has had.
    private var counts: [StreamIdentity?: Int] = [:]

    package init() {}

    package static func key(_ index: Int) -> String { ShardID(UInt32(index)).description }

    package var open: [Shard] { shards.values.filter { $0.end == nil }.sorted { $0.key < $1.key } }

    package var listed: [Shard] { shards.values.filter(\.isListed).sorted { $0.key < $1.key } }

    /// The last record of a shard that was closed.
    package func end(of key: String) -> Int? { shards[key]?.end }

    /// Opens shards that divide all hash keys evenly.
    package mutating func open(_ count: Int, of stream: StreamIdentity?, at time: UInt64, interval: UInt64) {
        for range in HashKeyRange.uniform(count: count) {
            let key = nextKey(in: stream)
            add(Shard(key: key, stream: stream, range: range, openedAt: time, interval: interval))
        }
    }

    /// Says what whoever reads a shard is given.
    package mutating func weigh(_ key: String, _ bytesPerSecond: Int64) { shards[key]?.bytesPerSecond = bytesPerSecond }

    /// Closes a shard. Two go on where it ends, the second without a record if it is to be silent.
    package mutating func split(_ key: String, at time: UInt64, isSilent: Bool) {
        guard let shard = shards[key], shard.range.starting < shard.range.ending else { return }
        let (low, high) = (shard.range.starting.value, shard.range.ending.value)
        let middle = low + (high - low) / 2
        let ranges = [
            HashKeyRange(starting: HashKey(low), ending: HashKey(middle)),
            HashKeyRange(starting: HashKey(middle + 1), ending: HashKey(high)),
        ]
        goOn([shard], ranges, at: time)
        if isSilent, let child = shards[key]?.children.last { shards[child]?.interval = Self.never }
    }

    /// Longer than any history.
    private static let never: UInt64 = 1 << 60

    /// Closes two shards. One goes on where they end.
    package mutating func merge(_ first: String, _ second: String, at time: UInt64) {
        guard let first = shards[first], let second = shards[second], first.range.isAdjacent(to: second.range),
            first.stream == second.stream
        else { return }
        let range = HashKeyRange(
            starting: min(first.range.starting, second.range.starting),
            ending: max(first.range.ending, second.range.ending)
        )
        goOn([first, second], [range], at: time)
    }

    private mutating func goOn(_ parents: [Shard], _ ranges: [HashKeyRange], at time: UInt64) {
        var children: [String] = []
        for range in ranges {
            let stream = parents.first?.stream
            let key = nextKey(in: stream)
            children.append(key)
            let interval = parents.map(\.interval).min() ?? 0
            let shard = Shard(
                key: key,
                stream: stream,
                parents: parents.map(\.key),
                range: range,
                openedAt: time,
                interval: interval,
                bytesPerSecond: parents.map(\.bytesPerSecond).reduce(0, +) / Int64(ranges.count)
            )
            add(shard)
        }
        for parent in parents { close(parent.key, after: parent.newest(at: time), children: children) }
    }

    /// Closes a shard, known or not.
    package mutating func close(_ key: String, after record: Int, children: [String]) {
        shards[key, default: Shard(key: key)].end = record
        shards[key]?.children = children
    }

    /// Makes a shard with endless records known.
    package mutating func add(_ shard: Shard) { shards[shard.key] = shard }

    /// A shard that aged out.
    package mutating func unlist(_ key: String) { shards[key]?.isListed = false }

    private mutating func nextKey(in stream: StreamIdentity?) -> String {
        defer { counts[stream, default: 0] += 1 }
        return Lease.key(of: Self.key(counts[stream, default: 0]), in: stream)
    }
}
