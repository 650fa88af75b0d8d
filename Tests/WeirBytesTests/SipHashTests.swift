import Testing

@testable import WeirBytes

@Suite struct SipHashTests {
    /// With the key 00 01 02 … 0f, and as many bytes 00 01 02 … for a message. Source: `vectors_sip128` of
    /// https://github.com/veorq/SipHash/blob/master/vectors.h.
    @Test(
        arguments: [
            (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
            (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
            (15, "5493e99933b0a8117e08ec0f97cfc3d9"), (63, "5150d1772f50834a503e069a973fbd7c"),
        ]
    )
    func theTagsAreThoseOfItsAuthors(count: Int, expected: String) {
        let hash = SipHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        let message = (0..<count).map { UInt8($0) }
        let tag = message.withUnsafeBytes { hash.tag(of: $0) }
        let bytes = [tag.low, tag.high].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(digits == expected)
    }

    @Test func aTagIsOfItsKeyAndItsMessage() {
        let message: [UInt8] = [1, 2, 3]
        let tag = message.withUnsafeBytes { SipHash(key: (1, 2)).tag(of: $0) }
        #expect(tag == message.withUnsafeBytes { SipHash(key: (1, 2)).tag(of: $0) })
        #expect(tag != message.withUnsafeBytes { SipHash(key: (1, 3)).tag(of: $0) })
        #expect(tag != message.withUnsafeBytes { SipHash(key: (0, 2)).tag(of: $0) })
        #expect(tag != [1, 2, 3, 0].withUnsafeBytes { SipHash(key: (1, 2)).tag(of: $0) })
        #expect(tag != SipHash.Tag(low: tag.low, high: tag.high ^ 1))
        #expect(tag != SipHash.Tag(low: tag.low ^ 1, high: tag.high))
    }
}
