import Testing
import WeirModel

@Suite struct SequenceNumberTests {
    static let samples = [
        SequenceNumber(streamEpoch: 0, shard: 0, index: 0),
        SequenceNumber(streamEpoch: 1_700_000_000_000, shard: 0, index: 1),
        SequenceNumber(streamEpoch: 1_700_000_000_000, shard: 0, index: 1, position: 7),
        SequenceNumber(streamEpoch: 1_700_000_000_000, shard: 3, index: 0),
        SequenceNumber(streamEpoch: 1_700_000_000_000, shard: .max, index: .max, position: .max),
        SequenceNumber(streamEpoch: 9_999_999_999_999, shard: 0, index: 5),
    ]

    @Test(arguments: samples) func textHas56DigitsAndReadsBack(_ number: SequenceNumber) {
        let text = number.description
        #expect(text.utf8.count == 56)
        #expect(text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 })
        #expect(text.first != "0")
        #expect(SequenceNumber(text) == number)
    }

    @Test func `each part fills its digits`() {
        let number = SequenceNumber(streamEpoch: 1_700_000_000_001, shard: 42, index: 1_234_567_890, position: 3)
        #expect(number.description == "49" + "1700000000001" + "0000000042" + "00000000001234567890" + "00000000003")
    }

    @Test func textOrderIsNumberOrder() {
        for left in Self.samples {
            for right in Self.samples {
                #expect((left < right) == (left.description < right.description))
            }
        }
    }

    @Test(arguments: [
        "", "0", "49", String(repeating: "9", count: 56), "50" + String(repeating: "0", count: 54),
        "49" + String(repeating: "x", count: 54), "49" + String(repeating: "0", count: 53),
        // The index does not fit 64 bits.
        "49" + String(repeating: "0", count: 23) + String(repeating: "9", count: 20)
            + String(repeating: "0", count: 11),
    ])
    func otherTextIsRefused(_ text: String) {
        #expect(SequenceNumber(text) == nil)
    }
}
