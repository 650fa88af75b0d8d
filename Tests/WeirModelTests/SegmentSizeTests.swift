import Testing
import WeirModel

@Suite struct SegmentSizeTests {
    @Test(arguments: [
        ("1048576", 1 << 20), ("67108864", 64 << 20), ("4294967296", 4 << 30), ("0001048576", 1 << 20),
    ])
    func textsAreRead(text: String, expected: Int) throws {
        let size = try #require(SegmentSize(text))
        #expect(size.bytes == expected)
        #expect(SegmentSize(size.description) == size)
    }

    @Test(arguments: [
        "", "0", "1048575", "4294967297", "-1048576", "+1048576", " 1048576", "1048576 ", "1e7", "1_048_576",
        "1,048,576",
        "64MiB", "0x100000", "00001048576", "99999999999999999999", "１０４８５７６",
    ])
    func othersAreNone(text: String) { #expect(SegmentSize(text) == nil) }
}
