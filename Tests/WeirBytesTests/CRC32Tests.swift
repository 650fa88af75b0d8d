import Testing
import WeirBytes
import WeirTestTools

@Suite struct CRC32Tests {
    /// The usual check values: https://reveng.sourceforge.io/crc-catalogue/all.htm (CRC-32/ISO-HDLC).
    @Test(
        arguments: [
            ([UInt8]("123456789".utf8), 0xCBF4_3926),
            ([UInt8]("The quick brown fox jumps over the lazy dog".utf8), 0x414F_A339),
            ([UInt8](repeating: 0, count: 32), 0x190A_55AD),
            ([UInt8](repeating: 0xFF, count: 32), 0xFF6C_AB0B),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func knownValues(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32.checksum($0) } == checksum)
        #expect(bitByBit(bytes) == checksum)
    }

    @Test func agreesWithTheDefinitionFromAnyPlace() {
        var generator = SeededGenerator(seed: 21)
        let bytes = generator.bytes(100)
        bytes.withUnsafeBytes { raw in
            for place in 0...raw.count {
                let first = CRC32.checksum(UnsafeRawBufferPointer(rebasing: raw[..<place]))
                #expect(first == bitByBit(bytes[..<place]))
                let rest = UnsafeRawBufferPointer(rebasing: raw[place...])
                #expect(CRC32.checksum(rest, continuing: first) == bitByBit(bytes))
            }
        }
    }

    private func bitByBit(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
        }
        return ~crc
    }
}
