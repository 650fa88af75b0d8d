import Testing

@testable import WeirModel

@Suite struct StreamIDTests {
    private static func id(_ time: Int64, _ number: Int64) -> StreamID {
        StreamID(createdAt: Timestamp(millisecondsSinceEpoch: time), number: number)
    }

    @Test(arguments: [(0, 0), (0, 1), (1_700_000_000_123, 7), (9_999_999_999_999, 131_621_703_842_267_135)])
    func anIDReadsBackAndFitsTheModelsPattern(time: Int64, number: Int64) throws {
        let id = Self.id(time, number)
        #expect(TextPattern.streamID.matches(id.description))
        #expect(id.description.utf8.count == 24)
        #expect(StreamID(id.description) == id)
    }

    @Test func differentStreamsHaveDifferentIDs() {
        let ids = (0..<100).flatMap { time in (0..<100).map { Self.id(1_700_000_000_000 + Int64(time), Int64($0)) } }
        #expect(Set(ids.map(\.description)).count == ids.count)
    }

    @Test func aMistypedIDIsNone() {
        let text = Array(Self.id(1_700_000_000_123, 7).description)
        for place in text.indices where text[place] != "-" {
            var other = text
            other[place] = text[place] == "a" ? "b" : "a"
            #expect(StreamID(String(other)) == nil, "place \(place)")
        }
    }

    @Test(arguments: ["", "stream", "abcdefghij0123456789-000", "ABCDEFGHIJ0123456789-abc", "abcdefghij0123456789abcd"])
    func otherTextsAreNone(text: String) { #expect(StreamID(text) == nil) }
}
