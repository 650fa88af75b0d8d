import NIOCore
import Testing
import WeirWire

@testable import WeirStore

@Suite struct ItemCoderTests {
    static let item: Item = [
        "leaseKey": .string("shardId-000000000001"),
        "leaseCounter": .number("42"),
        "blob": .binary([0, 255, 1]),
        "yes": .bool(true),
        "no": .bool(false),
        "nothing": .null,
        "parents": .stringSet(["b", "a", ""]),
        "numbers": .numberSet(["2", "1"]),
        "blobs": .binarySet([[2], [1, 1]]),
        "list": .list([.string(""), .list([]), .map(["x": .null])]),
        "map": .map(["é": .number("-1e5")]),
    ]

    @Test func itemsComeBack() {
        #expect(ItemCoder.decode(ItemCoder.encode(Self.item)) == Self.item)
        #expect(ItemCoder.decode(ItemCoder.encode([:])) == [:])
    }

    @Test func theBytesAreAsWrittenDown() {
        let bytes = ItemCoder.encode(["b": .string("x"), "a": .numberSet(["2", "1"])])
        let expected: [UInt8] = [
            1, 0, 0, 0, 2,
            0, 0, 0, 1, 0x61, 7, 0, 0, 0, 2, 0, 0, 0, 1, 0x31, 0, 0, 0, 1, 0x32,
            0, 0, 0, 1, 0x62, 1, 0, 0, 0, 1, 0x78,
        ]
        #expect(Array(bytes.readableBytesView) == expected)
    }

    @Test func whatIsCutShortOrLongerIsNoItem() {
        let bytes = ItemCoder.encode(Self.item)
        for length in 0..<bytes.readableBytes {
            #expect(bytes.getSlice(at: 0, length: length).flatMap(ItemCoder.decode) == nil)
        }
        var longer = bytes
        longer.writeInteger(UInt8(0))
        #expect(ItemCoder.decode(longer) == nil)
        var newer = bytes
        newer.setInteger(UInt8(2), at: 0)
        #expect(ItemCoder.decode(newer) == nil)
    }
}
