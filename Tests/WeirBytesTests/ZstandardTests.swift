import Testing
import WeirBytes

@Suite struct ZstandardTests {
    /// `printf hellohellohellohello | zstd --no-check --stream-size=20 -c`
    private static let hello: [UInt8] = [
        0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x14, 0x5D, 0x00, 0x00, 0x28, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x01, 0x00, 0xE8,
        0x8A, 0x16,
    ]

    private func compress(_ bytes: [UInt8], room: Int? = nil) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: room ?? ZstandardEncoder.maximumSize(of: bytes.count))
        let encoder = try ZstandardEncoder()
        let count = try bytes.withUnsafeBytes { input in
            try output.withUnsafeMutableBytes { try encoder.compress(input, into: $0) }
        }
        return Array(output.prefix(count))
    }

    private func decompress(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        let decoder = try ZstandardDecoder()
        try bytes.withUnsafeBytes { input in
            try output.withUnsafeMutableBytes { try decoder.decompress(input, into: $0) }
        }
        return output
    }

    @Test func whatWasCompressedComesBack() throws {
        let text = Array(String(repeating: "hello", count: 4).utf8)
        #expect(try decompress(try compress(text), count: text.count) == text)
        #expect(try decompress(try compress([]), count: 0) == [])
        let long = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let compressed = try compress(long)
        #expect(compressed.count < long.count / 4)
        #expect(try decompress(compressed, count: long.count) == long)
    }

    @Test func whatAnotherProgramCompressedComesBack() throws {
        #expect(try decompress(Self.hello, count: 20) == Array(String(repeating: "hello", count: 4).utf8))
    }

    @Test func itMustFillItsSpace() throws {
        #expect(throws: ZstandardError.malformed) { try decompress(Self.hello, count: 19) }
        #expect(throws: ZstandardError.malformed) { try decompress(Self.hello, count: 21) }
    }

    @Test func whatIsCutOffOrNothingIsMalformed() {
        for count in 1..<Self.hello.count {
            #expect(throws: ZstandardError.malformed) { try decompress(Array(Self.hello[..<count]), count: 20) }
        }
        #expect(throws: ZstandardError.malformed) { try decompress(Array("hello".utf8), count: 5) }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let text = Array(String(repeating: "hello", count: 4).utf8)
        let size = try compress(text).count
        #expect(throws: ZstandardError.noSpace) { try compress(text, room: size / 2) }
    }
}
