import CWeirBytes
import Testing
import WeirBytes
import WeirTestTools

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4, and the usual check value.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            ([UInt8]("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func knownValues(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == checksum)
        #expect(weir_crc32c_portable(0, bytes, bytes.count) == checksum)
    }

    @Test func `any length has the checksum that one byte after the other gives`() {
        var generator = SeededGenerator(seed: 3)
        let bytes = generator.bytes(4200)
        for count in Array(0...1700) + [2303, 2304, 2305, 4199, 4200] {
            let first = Int.random(in: 0...(bytes.count - count), using: &generator)
            let part = Array(bytes[first..<first + count])
            let seed = UInt32.random(in: .min ... .max, using: &generator)
            #expect(weir_crc32c(seed, part, count) == weir_crc32c_portable(seed, part, count))
        }
    }

    @Test func continuesFromAnyPlace() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        bytes.withUnsafeBytes { bytes in
            let whole = CRC32C.checksum(bytes)
            for place in 0...bytes.count {
                let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<place]))
                let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
                #expect(CRC32C.checksum(rest, continuing: first) == whole)
                #expect(weir_crc32c_portable(first, rest.baseAddress, rest.count) == whole)
            }
        }
    }
}
