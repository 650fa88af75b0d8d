import Testing

@testable import WeirLog

@Suite struct FormatTests {
    let header = SegmentHeader(
        baseIndex: 42,
        identity: 0x0123_4567_89AB_CDEF,
        created: 1_700_000_000_000,
        leastTimestamp: -5
    )

    @Test func segmentNames() {
        #expect(LogFormat.segmentName(baseIndex: 1) == "00000000000000000001.segment")
        for index in [0, 1, 12_345, UInt64.max] {
            #expect(LogFormat.baseIndex(ofName: LogFormat.segmentName(baseIndex: index)) == index)
        }
        for name in [
            "", "1.segment", "00000000000000000001", "0000000000000000000x.segment", "99999999999999999999.segment",
        ] {
            #expect(LogFormat.baseIndex(ofName: name) == nil)
        }
    }

    @Test func optionsAreHeldWithinTheFormat() {
        var options = LogOptions()
        options.segmentSizeInBytes = .max
        options.maximumPayloadSizeInBytes = .max
        options.maximumAppendSizeInBytes = .max
        options.maximumBatchSizeInBytes = .max
        let held = options.withinFormat()
        #expect(held.segmentSizeInBytes == 4 << 30)
        #expect(held.maximumPayloadSizeInBytes == 256 << 20)
        #expect(held.maximumAppendSizeInBytes == 1 << 30)
        #expect(held.maximumBatchSizeInBytes == 1 << 30)
        let largestOffset = held.segmentSizeInBytes + held.maximumAppendSizeInBytes + LogFormat.headerPageSize
        #expect(UInt32(exactly: largestOffset / LogFormat.alignment) != nil)
        #expect(LogOptions().withinFormat().segmentSizeInBytes == 64 << 20)
    }

    @Test func headerIsReadBack() {
        let page = header.encoded()
        #expect(page.count == 4096)
        #expect(Array(page[..<8]) == Array("WEIR-SEG".utf8))
        #expect(Array(page[8..<12]) == [1, 0, 0, 0])
        #expect(Array(page[16..<24]) == [42, 0, 0, 0, 0, 0, 0, 0])
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .valid(header))
        #expect(page[..<63].withUnsafeBytes { SegmentHeader.read($0) } == .invalid)
    }

    @Test func everyFlippedBitOfTheHeaderIsSeen() {
        for bit in 0..<LogFormat.headerSize * 8 {
            var page = header.encoded()
            page[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(page.withUnsafeBytes { SegmentHeader.read($0) } != .valid(header), "bit \(bit)")
        }
    }

    @Test func newerVersionIsToldApart() {
        var page = header.encoded()
        page[8] = 4
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .newerFormat(4))
        page[8] = 0
        #expect(page.withUnsafeBytes { SegmentHeader.read($0) } == .invalid)
    }

    @Test func onlyASegmentThatSkipsIndexesIsOfTheSecondVersion() {
        #expect(header.encoded()[8] == 1)
        #expect(header.previousEnd == header.baseIndex)
        var skipping = header
        skipping.previousEnd = header.baseIndex - 1
        #expect(skipping.encoded()[8] == 2)
        #expect(skipping.encoded().withUnsafeBytes { SegmentHeader.read($0) } == .valid(skipping))
        skipping.previousEnd = header.baseIndex + 1
        #expect(
            skipping.encoded().withUnsafeBytes { SegmentHeader.read($0) } == .invalid,
            "it cannot end behind itself"
        )
    }

    @Test(arguments: [0, 1, 7, 8, 9, 1000])
    func frameIsReadBackAndEveryFlippedBitIsSeen(payloadSize: Int) {
        let frameHeader = FrameHeader(payloadSize: payloadSize, index: 7, timestamp: -1, lane: 9, syncDistance: 3)
        let payload = (0..<payloadSize).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var frame = [UInt8](repeating: 0xAA, count: frameHeader.frameSize)
        let seed = header.checksumSeed
        frame.withUnsafeMutableBytes { frame in
            frameHeader.write(to: frame.baseAddress!, checksumSeed: seed) { $0.copyBytes(from: payload) }
        }
        #expect(frame.count % 8 == 0 && frame.count - 32 - payloadSize < 8)
        #expect(frame.withUnsafeBytes { FrameHeader.read($0.baseAddress!) } == frameHeader)
        #expect(Array(frame[32..<32 + payloadSize]) == payload)
        #expect(frame[(32 + payloadSize)...].allSatisfy { $0 == 0 })
        #expect(frame.withUnsafeBytes { FrameHeader.isIntact($0, checksumSeed: seed) })
        #expect(!frame.withUnsafeBytes { FrameHeader.isIntact($0, checksumSeed: seed ^ 1) }, "stale frames never pass")
        for bit in 0..<min(frame.count, 64) * 8 {
            var flipped = frame
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!flipped.withUnsafeBytes { FrameHeader.isIntact($0, checksumSeed: seed) })
        }
    }

    @Test func footerIsReadBackAndEveryFlippedBitIsSeen() throws {
        let index = SegmentIndex(
            baseIndex: 42,
            endOfData: 4096 + 5 * 40,
            oldestTimestamp: 10,
            newestTimestamp: 30,
            offsets: [512, 517, 522, 527, 532],
            ordinals: [0, 2, 3, 1, 4],
            lanes: [
                .init(lane: 1, count: 3, newestIndex: 45, newestTimestamp: 25, firstTimestamp: 10),
                .init(lane: 2, count: 0, newestIndex: 7, newestTimestamp: 3, firstTimestamp: 3),
                .init(lane: 9, count: 2, newestIndex: 46, newestTimestamp: 30, firstTimestamp: 20),
            ]
        )
        let footer = index.encodedFooter(checksumSeed: header.checksumSeed)
        #expect(decode(footer, index.endOfData) == index)
        for bit in 0..<footer.count * 8 {
            var flipped = footer
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(decode(flipped, index.endOfData) == nil, "bit \(bit)")
        }
        #expect(decode(footer, index.endOfData + 8) == nil)

        #expect(index.lane(2) == nil)
        #expect(index.lane(3) == nil)
        let lane = try #require(index.lane(9))
        #expect(Array(lane.ordinals) == [1, 4])
        let last = index.layout.location(ordinal: 4)
        #expect(last == FrameLocation(index: 46, offset: 532 * 8, size: 40))
    }

    private func decode(_ footer: [UInt8], _ endOfData: Int64) -> SegmentIndex? {
        let trailer = footer.suffix(LogFormat.trailerSize).withUnsafeBytes {
            SegmentTrailer.read($0, fileSize: endOfData + Int64(footer.count), header: header)
        }
        guard let trailer else { return nil }
        return footer.dropLast(LogFormat.trailerSize).withUnsafeBytes {
            SegmentIndex(footer: $0, trailer: trailer, checksumSeed: header.checksumSeed)
        }
    }
}
