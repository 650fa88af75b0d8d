/// Which bytes of a string JSON wants escaped, and how. Source: RFC 8259, section 7.
@usableFromInline
enum JSONEscaping {
    /// How many bytes longer the string becomes by its escapes.
    @usableFromInline
    static func extraBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        var index = 0
        while index + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            if ByteWord.specialInJSON(word) != 0 { break }
            index += 8
        }
        var extra = 0
        while index < bytes.count {
            extra += escape(bytes[index]).map { $0 == UInt8(ascii: "u") ? 5 : 1 } ?? 0
            index += 1
        }
        return extra
    }

    /// Writes a byte, escaped if need be, and gives the index behind it.
    @usableFromInline
    static func write(_ byte: UInt8, to target: UnsafeMutableRawBufferPointer, at index: Int) -> Int {
        guard let escape = escape(byte) else {
            target[index] = byte
            return index + 1
        }
        target[index] = UInt8(ascii: "\\")
        target[index + 1] = escape
        guard escape == UInt8(ascii: "u") else { return index + 2 }
        target[index + 2] = UInt8(ascii: "0")
        target[index + 3] = UInt8(ascii: "0")
        target[index + 4] = hexadecimal(byte >> 4)
        target[index + 5] = hexadecimal(byte & 0xF)
        return index + 6
    }

    /// What follows the backslash; nil when the byte stands for itself.
    private static func escape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0C: UInt8(ascii: "f")
        case 0x0D: UInt8(ascii: "r")
        case ..<0x20: UInt8(ascii: "u")
        default: nil
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
