import NIOCore
import Testing
import WeirModel

@testable import WeirStore

@Suite struct ReadAheadTests {
    private let shard = ShardID(3)

    /// Records of a size, of which every third index is one of the shard's.
    private func read(_ count: Int, size: Int = 10, isEnd: Bool = false) -> ShardRead {
        let records = (0..<count).map { place in
            StoredRecord(
                sequenceNumber: SequenceNumber(streamEpoch: 1, shard: 3, index: UInt64(place) * 3),
                partitionKey: "",
                data: ByteBuffer(repeating: 0, count: size),
                approximateArrival: Timestamp(millisecondsSinceEpoch: Int64(place))
            )
        }
        return ShardRead(
            records: StoredRecords(records),
            next: isEnd ? nil : ShardPosition(index: 1000),
            millisBehindLatest: 0
        )
    }

    private func indexes(_ read: ShardRead?) -> [UInt64]? { read?.records.map(\.sequenceNumber.index) }

    @Test func whatIsTakenLaterIsWhatReadsWouldGive() throws {
        var ahead = ReadAhead()
        #expect(ahead.take(shard, maximumCount: 2, maximumBytes: 100) == nil && ahead.start(of: shard) == nil)
        let first = ahead.keep(read(6), of: shard, maximumCount: 2, maximumBytes: 100)
        #expect(indexes(first) == [0, 3] && first.next == ShardPosition(index: 4))
        #expect(ahead.byteCount == 6 * (10 + ReadAhead.overheadInBytes))
        #expect(ahead.start(of: shard) == 4 && ahead.holds(shard))
        #expect(ahead.nextArrival(of: shard) == Timestamp(millisecondsSinceEpoch: 2))
        // No more bytes than asked for, but one record in any case.
        let second = ahead.take(shard, maximumCount: 10, maximumBytes: 25)
        #expect(indexes(second) == [6, 9] && second?.next == ShardPosition(index: 10))
        let third = ahead.take(shard, maximumCount: 10, maximumBytes: 1)
        #expect(indexes(third) == [12] && third?.next == ShardPosition(index: 13))
        let last = ahead.take(shard, maximumCount: 10, maximumBytes: 100)
        #expect(indexes(last) == [15] && last?.next == ShardPosition(index: 1000))
        #expect(!ahead.holds(shard) && ahead.byteCount == 0)
    }

    @Test func theEndOfAShardIsToldWithItsLastRecord() {
        var ahead = ReadAhead()
        let first = ahead.keep(read(3, isEnd: true), of: shard, maximumCount: 1, maximumBytes: 100)
        #expect(first.next == ShardPosition(index: 1))
        #expect(ahead.take(shard, maximumCount: 1, maximumBytes: 100)?.next == ShardPosition(index: 4))
        #expect(ahead.take(shard, maximumCount: 1, maximumBytes: 100)?.next == nil)
        // A read that gave no more than was asked for is given as it is.
        let all = ahead.keep(read(2, isEnd: true), of: shard, maximumCount: 2, maximumBytes: 100)
        #expect(all.records.count == 2 && all.next == nil && !ahead.holds(shard))
    }

    @Test func noMoreIsKeptThanItsBytes() {
        var ahead = ReadAhead()
        let half = ReadAhead.maximumSize / 2
        let size = half / 2 - ReadAhead.overheadInBytes
        for number in 0..<4 as Range<UInt32> {
            _ = ahead.keep(read(2, size: size), of: ShardID(number), maximumCount: 1, maximumBytes: half)
        }
        #expect(ahead.byteCount == 2 * half)
        #expect((0..<4).map { ahead.holds(ShardID($0)) } == [true, true, false, false])
        // Another read of a shard takes the place of the one before.
        _ = ahead.keep(read(2, size: size), of: ShardID(0), maximumCount: 1, maximumBytes: half)
        #expect(ahead.byteCount == 2 * half && ahead.holds(ShardID(0)))
        ahead.drop(ShardID(0))
        ahead.drop(ShardID(1))
        #expect(ahead.byteCount == 0)
    }

    @Test func littleIsReadAheadOfManyShardsAndNothingOfLargeRecords() {
        var ahead = ReadAhead()
        let most = Limits.maximumQueueReceiveSizeInBytes
        #expect(ahead.readSize(count: 10, maximumBytes: most, shardCount: 1) == (ReadAhead.windowCount, 256 << 10))
        #expect(ahead.readSize(count: 10, maximumBytes: most, shardCount: 16) == (ReadAhead.windowCount, 64 << 10))
        #expect(ahead.readSize(count: 10, maximumBytes: most, shardCount: 1000) == (ReadAhead.windowCount, 16 << 10))
        #expect(ahead.readSize(count: 10, maximumBytes: 100, shardCount: 1) == (10, 100))
        _ = ahead.keep(read(4, size: 20 << 10), of: shard, maximumCount: 10, maximumBytes: most)
        #expect(ahead.readSize(count: 10, maximumBytes: most, shardCount: 1) == (10, most))
        #expect(ahead.readSize(count: 1, maximumBytes: most, shardCount: 1) == (ReadAhead.windowCount, 256 << 10))
    }
}
