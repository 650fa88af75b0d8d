import Testing
import WeirModel

@Suite struct HashKeyTests {
    /// From the shell: `printf %s KEY | md5sum`, read as a hexadecimal number.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
    ])
    func partitionKeyIsHashedByMD5(_ key: String, _ digest: String) {
        #expect(HashKey(partitionKey: key) == HashKey(UInt128(digest, radix: 16)!))
    }

    @Test func decimalTextReadsBackAtTheEdges() {
        #expect(HashKey("0") == .minimum)
        #expect(HashKey("340282366920938463463374607431768211455") == .maximum)
        #expect(HashKey.maximum.description == "340282366920938463463374607431768211455")
    }

    @Test(arguments: ["", "-1", "+1", "01", "abc", "1.0", " 1", "340282366920938463463374607431768211456", "1e3"])
    func otherTextIsRefused(_ text: String) {
        #expect(HashKey(text) == nil)
    }

    @Test(arguments: [1, 2, 3, 4, 7, 1000]) func uniformRangesTileTheKeySpace(_ count: Int) {
        let ranges = HashKeyRange.uniform(count: count)
        #expect(ranges.count == count)
        #expect(ranges.first?.starting == .minimum)
        #expect(ranges.last?.ending == .maximum)
        for (left, right) in zip(ranges, ranges.dropFirst()) {
            #expect(left.ending.value + 1 == right.starting.value)
            #expect(left.isAdjacent(to: right) && right.isAdjacent(to: left))
        }
    }

    /// The ranges that Amazon gives the shards of new streams.
    @Test(arguments: [
        (2, "170141183460469231731687303715884105728"), (3, "113427455640312821154458202477256070485"),
        (4, "85070591730234615865843651857942052864"),
    ])
    func theSecondShardBeginsWhereAmazonsDoes(_ count: Int, _ start: String) {
        #expect(HashKeyRange.uniform(count: count)[1].starting.description == start)
    }

    @Test func rangesThatDoNotTouchAreNotAdjacent() {
        let ranges = HashKeyRange.uniform(count: 4)
        #expect(!ranges[0].isAdjacent(to: ranges[2]))
        #expect(!ranges[0].isAdjacent(to: ranges[0]))
        // The key space is no circle.
        #expect(!ranges[3].isAdjacent(to: ranges[0]))
    }
}
