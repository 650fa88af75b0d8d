import WeirModel

/// What was written to a shard in some time.
struct ShardLoad: Hashable, Sendable {
    /// Bytes of data and partition keys.
    var bytes = 0
    /// Records.
    var records = 0

    static func += (left: inout ShardLoad, right: ShardLoad) {
        left.bytes += right.bytes
        left.records += right.records
    }

    /// The part of what a shard takes that is used when so much comes in each second: of bytes or of records, whichever is
    /// more.
    func usage(perSeconds seconds: Double) -> Double {
        max(
            Double(bytes) / Double(Limits.shardWriteBytesPerSecond),
            Double(records) / Double(Limits.shardWriteRecordsPerSecond)
        ) / seconds
    }
}

extension ShardLoad {
    /// The loads of the shards of some records.
    static func loads(of records: [NewRecord]) -> [ShardID: ShardLoad] {
        var loads: [ShardID: ShardLoad] = [:]
        for record in records {
            loads[record.shard, default: ShardLoad()] += ShardLoad(bytes: record.content.size, records: 1)
        }
        return loads
    }
}
