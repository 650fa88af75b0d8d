import NIOCore

/// Writing JSON into a buffer. Source: RFC 8259.
extension ByteBuffer {
    /// Appends a string with its quotation marks, escaped where JSON asks for it and nowhere else.
    public mutating func writeJSONString(_ string: String) {
        var string = string
        string.withUTF8 { units in
            let bytes = UnsafeRawBufferPointer(units)
            let extra = JSONEscaping.extraBytes(bytes)
            writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count + extra + 2) { target in
                target[0] = UInt8(ascii: "\"")
                var end = 1
                if extra == 0 {
                    UnsafeMutableRawBufferPointer(rebasing: target[1...]).copyMemory(from: bytes)
                    end += bytes.count
                } else {
                    for byte in bytes { end = JSONEscaping.write(byte, to: target, at: end) }
                }
                target[end] = UInt8(ascii: "\"")
                return end + 1
            }
        }
    }

    /// Appends an integer in decimal.
    public mutating func writeJSONInteger(_ integer: some FixedWidthInteger) {
        var rest = integer.magnitude
        var digits: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { scratch in
            var start = scratch.count
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                start -= 1
                scratch[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest != 0 && start > 1
            if integer < 0 {
                start -= 1
                scratch[start] = UInt8(ascii: "-")
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: scratch[start...]))
        }
    }

    /// Appends a number in the shortest form that reads back as the same double; `null` when it is not finite, for which
    /// JSON has no form.
    public mutating func writeJSONDouble(_ double: Double) {
        if !double.isFinite {
            writeStaticString("null")
        } else if let integer = Int64(exactly: double), integer.magnitude < 1 << 53 {
            writeJSONInteger(integer)
        } else {
            writeString(double.description)
        }
    }
}

private enum JSONEscaping {
    /// How many bytes longer the string becomes by its escapes.
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
