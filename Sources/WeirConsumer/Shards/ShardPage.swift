import NIOCore
import WeirWire

/// What one fetch of a shard gave.
struct ShardPage {
    /// The records after the checkpoint, and what is to be said of those that were left out.
    var passage: ReadPosition.Passage
    /// How far the fetch was behind the newest record.
    var millisBehindLatest: Int
    /// Whether the shard is closed and everything in it was fetched.
    var isEnd: Bool
    /// The shards that go on after the end.
    var children: [ChildShard]
    /// Bytes of data and partition keys.
    let byteCount: Int

    init(_ passage: ReadPosition.Passage, millisBehindLatest: Int, isEnd: Bool, children: [ChildShard]) {
        self.passage = passage
        self.millisBehindLatest = millisBehindLatest
        self.isEnd = isEnd
        self.children = children
        byteCount = passage.records.reduce(0) { $0 + $1.data.readableBytes + $1.partitionKey.utf8.count }
    }

    var records: [ConsumerRecord] { passage.records }
}
