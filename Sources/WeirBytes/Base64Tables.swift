/// The tables of ``Base64``.
enum Base64Tables {
    /// Set in the decoded word of a byte outside the alphabet.
    static let invalid: UInt32 = 0xFF00_0000

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// For each 12 bits their two characters, the first in the low byte.
    static let encoding: [UInt16] = (0..<4096).map { bits in
        UInt16(alphabet[bits >> 6]) | UInt16(alphabet[bits & 63]) << 8
    }

    /// Four tables of 256 words: what a character adds as the first, second, third and fourth of a group, so that the
    /// three bytes of the group come to lie in the low 24 bits, the first lowest.
    static let decoding: [UInt32] = {
        var table = [UInt32](repeating: invalid, count: 1024)
        for (value, character) in alphabet.enumerated() {
            let character = Int(character)
            let value = UInt32(value)
            table[character] = value << 2
            table[256 + character] = value >> 4 | (value & 0xF) << 12
            table[512 + character] = (value >> 2) << 8 | (value & 0x3) << 22
            table[768 + character] = value << 16
        }
        return table
    }()
}
