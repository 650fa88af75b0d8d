import NIOCore
import Testing
import WeirBytes

@Suite struct GzipTests {
    /// `printf hello | gzip -n`
    private static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 0x86, 0xA6, 0x10, 0x36, 0x05,
        0,
        0, 0,
    ]

    private func text(_ bytes: [UInt8], maximum: Int = 1 << 20) throws(GzipError) -> String {
        String(buffer: try Gzip.decompress(ByteBuffer(bytes: bytes), maximumBytes: maximum))
    }

    @Test func whatWasCompressedComesBack() throws {
        #expect(try text(Self.hello) == "hello")
    }

    @Test func membersFollowEachOther() throws {
        #expect(try text(Self.hello + Self.hello) == "hellohello")
    }

    @Test func theMaximumIsTakenAndOneByteMoreIsNot() throws {
        #expect(try text(Self.hello, maximum: 5) == "hello")
        #expect(throws: GzipError.tooLarge) { try text(Self.hello, maximum: 4) }
        #expect(throws: GzipError.tooLarge) { try text(Self.hello + Self.hello, maximum: 9) }
    }

    @Test func whatIsCutOffIsMalformed() {
        for count in 0..<Self.hello.count {
            #expect(throws: GzipError.malformed) { try text(Array(Self.hello[..<count])) }
        }
    }

    @Test func whatIsChangedIsMalformed() {
        // The magic number, the method, the data, the checksum, the length; and something behind.
        for place in [0, 1, 2, 10, 19, 23] {
            var bytes = Self.hello
            bytes[place] ^= 0x55
            #expect(throws: GzipError.malformed) { try text(bytes) }
        }
        #expect(throws: GzipError.malformed) { try text(Self.hello + [0]) }
    }

    @Test func textThatIsNotCompressedIsMalformed() {
        #expect(throws: GzipError.malformed) { try text(Array("{}".utf8)) }
    }
}
