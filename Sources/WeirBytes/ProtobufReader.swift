import NIOCore

/// Reads the fields of a Protocol Buffers message, one after the other: what the few formats need that Weir reads.
///
/// Groups, which proto3 has not and the formats do not use, are refused. Nothing is copied: bytes are slices of the message.
///
/// https://protobuf.dev/programming-guides/encoding/
public struct ProtobufReader {
    /// What a field holds.
    public enum Value: Hashable, Sendable {
        /// A number of variable length: integers, booleans, enumerations.
        case integer(UInt64)
        /// Bytes with their length before them: strings, bytes, messages.
        case bytes(ByteBuffer)
        /// Four or eight bytes. They are passed over: no format that Weir reads has any.
        case fixed
    }

    /// The greatest number of a field.
    private static let maximumFieldNumber: UInt64 = 536_870_911
    /// The most bytes that a number takes: 64 bits, seven a byte.
    private static let maximumNumberSizeInBytes = 10

    private var message: ByteBuffer

    /// A reader of a message.
    public init(_ message: ByteBuffer) { self.message = message }

    /// The next field; nil at the end of the message.
    public mutating func next() throws(ProtobufError) -> (number: Int, value: Value)? {
        guard message.readableBytes > 0 else { return nil }
        let tag = try integer()
        let number = tag >> 3
        guard number >= 1, number <= Self.maximumFieldNumber else { throw .invalidFieldNumber }
        switch tag & 7 {
        case 0: return (Int(number), .integer(try integer()))
        case 1: return try fixed(8, Int(number))
        case 2: return (Int(number), .bytes(try bytes()))
        case 5: return try fixed(4, Int(number))
        default: throw .unknownWireType
        }
    }

    private mutating func fixed(_ size: Int, _ number: Int) throws(ProtobufError) -> (number: Int, value: Value) {
        guard message.readableBytes >= size else { throw .truncated }
        message.moveReaderIndex(forwardBy: size)
        return (number, .fixed)
    }

    private mutating func bytes() throws(ProtobufError) -> ByteBuffer {
        guard let length = Int(exactly: try integer()), let bytes = message.readSlice(length: length) else {
            throw .truncated
        }
        return bytes
    }

    private mutating func integer() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<Self.maximumNumberSizeInBytes {
            guard let byte = message.readInteger(as: UInt8.self) else { throw .truncated }
            // Of the tenth byte one bit is left.
            if index == Self.maximumNumberSizeInBytes - 1, byte > 1 { throw .numberTooLarge }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte & 0x80 == 0 { return value }
        }
        throw .numberTooLarge
    }
}

/// Why bytes are no Protocol Buffers message.
public enum ProtobufError: Error, Hashable, Sendable {
    /// They end within a field.
    case truncated
    /// A number has more than 64 bits.
    case numberTooLarge
    /// A field has the number 0, or one that is too great.
    case invalidFieldNumber
    /// A field is a group, or of a kind that does not exist.
    case unknownWireType
}

extension ByteBuffer {
    /// Appends a field that holds a number.
    public mutating func writeProtobuf(_ field: Int, integer: UInt64) {
        writeProtobufInteger(UInt64(field) << 3)
        writeProtobufInteger(integer)
    }

    /// Appends a field that holds bytes.
    public mutating func writeProtobuf(_ field: Int, bytes: ByteBuffer) {
        writeProtobufInteger(UInt64(field) << 3 | 2)
        writeProtobufInteger(UInt64(bytes.readableBytes))
        writeImmutableBuffer(bytes)
    }

    private mutating func writeProtobufInteger(_ integer: UInt64) {
        var rest = integer
        while rest > 0x7F {
            writeInteger(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(rest))
    }
}
