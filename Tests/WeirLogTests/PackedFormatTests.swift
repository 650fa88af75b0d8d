import Testing

@testable import WeirLog

@Suite struct PackedFormatTests {
    private let header = {
        var header = SegmentHeader(baseIndex: 42, identity: 0x1122_3344_5566_7788, created: 5, leastTimestamp: -3)
        header.isPacked = true
        return header
    }()

    private func block(_ lane: UInt32, _ indexes: ClosedRange<UInt64>, count: Int, at offset: Int64) -> PackedBlock {
        PackedBlock(
            offset: offset,
            lane: lane,
            count: count,
            codec: lane == 1 ? .zstd : .none,
            size: lane == 1 ? 70 : count * 40,
            framesSize: count * 40,
            checksum: lane &* 0x9E37_79B9,
            firstIndex: indexes.lowerBound,
            lastIndex: indexes.upperBound,
            firstTimestamp: Int64(indexes.lowerBound),
            lastTimestamp: Int64(indexes.upperBound)
        )
    }

    private var index: PackedIndex {
        let first = block(1, 42...47, count: 3, at: 4096)
        let second = block(1, 48...49, count: 2, at: first.end)
        let third = block(9, 43...46, count: 3, at: second.end)
        return PackedIndex(
            baseIndex: 42,
            endOfData: third.end,
            entryCount: 8,
            oldestTimestamp: 42,
            newestTimestamp: 49,
            blocks: [first, second, third],
            lanes: [
                .init(lane: 1, count: 5, newestIndex: 49, newestTimestamp: 49, firstTimestamp: 42),
                .init(lane: 2, count: 0, newestIndex: 7, newestTimestamp: 3, firstTimestamp: 3),
                .init(lane: 9, count: 3, newestIndex: 46, newestTimestamp: 46, firstTimestamp: 43),
            ]
        )
    }

    @Test func headerSaysThatItIsPacked() {
        let page = header.encoded()
        #expect(page[8] == 3)
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .valid(header))
        var skipping = header
        skipping.previousEnd = 40
        #expect(skipping.encoded()[8] == 3)
        #expect(skipping.encoded().withUnsafeBytes { SegmentHeader.read($0) } == .valid(skipping))
    }

    @Test func blockHeaderIsReadBackAndEveryFlippedBitIsSeen() {
        let block = block(9, 43...46, count: 3, at: 5000)
        let seed = header.checksumSeed
        var bytes = [UInt8](repeating: 0xAA, count: 64)
        bytes.withUnsafeMutableBytes { block.write(to: $0.baseAddress!, number: 7, checksumSeed: seed) }
        func read(_ bytes: [UInt8], number: Int = 7, seed: UInt32 = seed) -> PackedBlock? {
            bytes.withUnsafeBytes { PackedBlock($0.baseAddress!, number: number, at: 5000, checksumSeed: seed) }
        }
        #expect(read(bytes) == block)
        #expect(Array(bytes[4..<8]) == [9, 0, 0, 0] && Array(bytes[28..<32]) == [7, 0, 0, 0])
        #expect(read(bytes, number: 0) == nil, "the copy in the footer begins no block")
        #expect(read(bytes, seed: seed ^ 1) == nil)
        for bit in 0..<64 * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(read(flipped) == nil, "bit \(bit)")
        }
    }

    @Test func footerIsReadBackAndEveryFlippedBitIsSeen() {
        let footer = index.encodedFooter(checksumSeed: header.checksumSeed)
        #expect(footer.count == 3 * 64 + 3 * 32 + 64)
        #expect(decode(footer, index.endOfData) == index)
        for bit in 0..<footer.count * 8 {
            var flipped = footer
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(decode(flipped, index.endOfData) == nil, "bit \(bit)")
        }
        #expect(decode(footer, index.endOfData + 8) == nil)
    }

    @Test func blocksAreFoundByLaneAndIndex() {
        #expect(index.blocks(of: 1).map(\.firstIndex) == [42, 48])
        #expect(index.blocks(of: 9).map(\.firstIndex) == [43])
        #expect(index.blocks(of: 2).isEmpty && index.blocks(of: 10).isEmpty && index.blocks(of: 0).isEmpty)
        #expect(index.blocks(of: 1, from: 47).count == 2)
        #expect(index.blocks(of: 1, from: 48).map(\.firstIndex) == [48])
        #expect(index.blocks(of: 1, from: 50).isEmpty)
    }

    private func decode(_ footer: [UInt8], _ endOfData: Int64) -> PackedIndex? {
        let trailer = footer.suffix(LogFormat.trailerSize).withUnsafeBytes {
            SegmentTrailer.read($0, fileSize: endOfData + Int64(footer.count), header: header)
        }
        guard let trailer else { return nil }
        return footer.dropLast(LogFormat.trailerSize).withUnsafeBytes {
            PackedIndex(footer: $0, trailer: trailer, checksumSeed: header.checksumSeed)
        }
    }
}
