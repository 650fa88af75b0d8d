import Testing
import WeirModel

@Suite struct StreamDescriptionTests {
    static func stream(openRanges: [HashKeyRange], closed: [UInt32] = []) -> StreamDescription {
        let created = Timestamp(millisecondsSinceEpoch: 1)
        let number = SequenceNumber(streamEpoch: 1, shard: 0, index: 0)
        var shards = closed.map {
            ShardDescription(
                id: ShardID($0),
                hashKeyRange: .all,
                startingSequenceNumber: number,
                endingSequenceNumber: number,
                createdAt: created
            )
        }
        let first = (closed.max().map { $0 + 1 }) ?? 0
        for (offset, range) in openRanges.enumerated() {
            shards.append(
                ShardDescription(
                    id: ShardID(first + UInt32(offset)),
                    parent: closed.last.map { ShardID($0) },
                    hashKeyRange: range,
                    startingSequenceNumber: number,
                    createdAt: created
                )
            )
        }
        return StreamDescription(
            name: "s",
            id: 1,
            createdAt: created,
            status: .active,
            retentionHours: 24,
            shards: shards
        )
    }

    @Test(arguments: [1, 2, 5, 64]) func everyHashKeyHasItsOpenShard(_ count: Int) {
        let ranges = HashKeyRange.uniform(count: count)
        let stream = Self.stream(openRanges: ranges.reversed(), closed: [0, 2])
        for range in ranges {
            #expect(stream.openShard(for: range.starting)?.hashKeyRange == range)
            #expect(stream.openShard(for: range.ending)?.hashKeyRange == range)
        }
    }

    @Test func shardsAreFoundByIDAcrossGaps() {
        let stream = Self.stream(openRanges: HashKeyRange.uniform(count: 2), closed: [0, 2, 7])
        for id in [0, 2, 7, 8, 9] as [UInt32] { #expect(stream.shard(ShardID(id))?.id == ShardID(id)) }
        for id in [1, 3, 6, 10] as [UInt32] { #expect(stream.shard(ShardID(id)) == nil) }
        #expect(stream.children(of: ShardID(7)).map(\.id) == [ShardID(8), ShardID(9)])
    }
}
