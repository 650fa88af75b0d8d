import CWeirBytes
import NIOCore

/// Why a text is not base64.
public enum Base64Error: Error, Hashable, Sendable {
    /// The length is not a multiple of four: the number of bytes.
    case length(Int)
    /// A byte outside the alphabet, or a `=` before the end.
    case byte(UInt8)
    /// The last character before the padding has bits that stand for nothing, or there is too much padding.
    case lastCharacter
}

/// Base64 with the standard alphabet and padding. Source: RFC 4648, section 4. Text without its padding is refused.
public enum Base64 {
    /// The length of the text for `count` bytes.
    public static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// The text for some bytes.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var buffer = ByteBuffer()
        buffer.writeBase64(ByteBuffer(bytes: bytes))
        return String(buffer: buffer)
    }

    /// The bytes that a text stands for.
    public static func decode(_ text: String) throws(Base64Error) -> ByteBuffer {
        var text = text
        var buffer = ByteBuffer()
        _ = try text.withUTF8 { buffer.writeDecodedBase64(UnsafeRawBufferPointer($0)) }.get()
        return buffer
    }

    /// The text for some bytes that are in memory.
    public static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        let count = encodedCount(bytes.count)
        return String(unsafeUninitializedCapacity: count) { target in
            encode(bytes, to: UnsafeMutableRawBufferPointer(target))
            return count
        }
    }

    /// Writes the bytes that a text stands for to the start of some memory; nil when it is no such text, or has no room: three
    /// bytes for each four of the text are needed.
    ///
    /// - Returns: how many bytes were written.
    public static func decode(_ text: String, into target: UnsafeMutableRawBufferPointer) -> Int? {
        var text = text
        return text.withUTF8 { text -> Int? in
            guard text.count / 4 * 3 <= target.count,
                case .success(let count) = decode(UnsafeRawBufferPointer(text), to: target)
            else { return nil }
            return count
        }
    }

    /// Writes the text for `source` to the start of `target`, which must hold ``encodedCount(_:)`` bytes.
    @usableFromInline
    static func encode(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        precondition(target.count >= encodedCount(source.count))
        var read = weir_base64_encode_blocks(source.baseAddress, source.count, target.baseAddress)
        var write = read / 3 * 4
        Base64Tables.encoding.withUnsafeBufferPointer { table in
            while read + 3 <= source.count {
                let bits = Int(source[read]) << 16 | Int(source[read + 1]) << 8 | Int(source[read + 2])
                let pairs = UInt32(table[bits >> 12]) | UInt32(table[bits & 0xFFF]) << 16
                target.storeBytes(of: pairs.littleEndian, toByteOffset: write, as: UInt32.self)
                read += 3
                write += 4
            }
            switch source.count - read {
            case 1:
                let pair = table[Int(source[read]) << 4]
                target.storeBytes(of: pair.littleEndian, toByteOffset: write, as: UInt16.self)
                target[write + 2] = UInt8(ascii: "=")
                target[write + 3] = UInt8(ascii: "=")
            case 2:
                let bits = Int(source[read]) << 16 | Int(source[read + 1]) << 8
                let pairs = UInt32(table[bits >> 12]) | UInt32(table[bits & 0xFFF]) << 16
                target.storeBytes(of: pairs.littleEndian, toByteOffset: write, as: UInt32.self)
                target[write + 3] = UInt8(ascii: "=")
            default: break
            }
        }
    }

    /// Writes the bytes that `source` stands for to the start of `target`, which must hold three bytes for each four of
    /// `source`, and gives their number.
    static func decode(
        _ source: UnsafeRawBufferPointer,
        to target: UnsafeMutableRawBufferPointer
    ) -> Result<Int, Base64Error> {
        guard source.count % 4 == 0 else { return .failure(.length(source.count)) }
        guard source.count > 0 else { return .success(0) }
        precondition(target.count >= source.count / 4 * 3)
        // All but the last four characters have no padding.
        var read = decodeBlocks(UnsafeRawBufferPointer(rebasing: source[..<(source.count - 4)]), to: target)
        var write = read / 4 * 3
        return Base64Tables.decoding.withUnsafeBufferPointer { table in
            // There is room behind the three bytes of each four characters for the fourth that a store of four writes too.
            var invalid: UInt32 = 0
            while read < source.count - 4 {
                let word = UInt32(littleEndian: source.loadUnaligned(fromByteOffset: read, as: UInt32.self))
                let bytes =
                    table[Int(word & 0xFF)] | table[256 + Int(word >> 8 & 0xFF)]
                    | table[512 + Int(word >> 16 & 0xFF)] | table[768 + Int(word >> 24)]
                invalid |= bytes
                target.storeBytes(of: bytes.littleEndian, toByteOffset: write, as: UInt32.self)
                read += 4
                write += 3
            }
            guard invalid & Base64Tables.invalid == 0 else { return .failure(error(in: source)) }
            return decodeLast(source, table, to: target, write)
        }
    }

    /// Decodes the first characters of `source`, which may end with others than base64, as far as the processor can do it
    /// many at a time, and gives their number: a multiple of four, which may be 0.
    static func decodeBlocks(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Int {
        weir_base64_decode_blocks(source.baseAddress, source.count, target.baseAddress, target.count)
    }

    private static func decodeLast(
        _ source: UnsafeRawBufferPointer,
        _ table: UnsafeBufferPointer<UInt32>,
        to target: UnsafeMutableRawBufferPointer,
        _ write: Int
    ) -> Result<Int, Base64Error> {
        let last = source.count - 4
        let padding = UInt8(ascii: "=")
        let padded = source[last + 3] != padding ? 0 : source[last + 2] != padding ? 1 : 2
        var bytes = table[Int(source[last])] | table[256 + Int(source[last + 1])]
        if padded < 2 { bytes |= table[512 + Int(source[last + 2])] }
        if padded < 1 { bytes |= table[768 + Int(source[last + 3])] }
        guard bytes & Base64Tables.invalid == 0 else { return .failure(error(in: source)) }
        for index in 0..<3 - padded { target[write + index] = UInt8(truncatingIfNeeded: bytes >> (8 * UInt32(index))) }
        // What padding cuts off must be zero.
        guard bytes >> (8 * UInt32(3 - padded)) == 0 else { return .failure(.lastCharacter) }
        return .success(write + 3 - padded)
    }

    /// What is wrong with a text of right length that does not decode.
    private static func error(in source: UnsafeRawBufferPointer) -> Base64Error {
        for (index, byte) in source.enumerated() {
            if byte == UInt8(ascii: "=") {
                if index + 1 < source.count, source[index + 1] != byte { return .byte(byte) }
            } else if Base64Tables.decoding[Int(byte)] == Base64Tables.invalid {
                return .byte(byte)
            }
        }
        return .lastCharacter
    }
}

extension ByteBuffer {
    /// Appends the base64 text for the readable bytes of `bytes`.
    public mutating func writeBase64(_ bytes: ByteBuffer) {
        let count = Base64.encodedCount(bytes.readableBytes)
        writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            bytes.withUnsafeReadableBytes { Base64.encode($0, to: target) }
            return count
        }
    }

    /// Appends the bytes that a base64 text stands for; nothing when it is not base64.
    ///
    /// - Returns: how many bytes were appended, or what is wrong.
    public mutating func writeDecodedBase64(_ text: UnsafeRawBufferPointer) -> Result<Int, Base64Error> {
        var result = Result<Int, Base64Error>.success(0)
        writeWithUnsafeMutableBytes(minimumWritableBytes: text.count / 4 * 3) { target in
            result = Base64.decode(text, to: target)
            return (try? result.get()) ?? 0
        }
        return result
    }
}
