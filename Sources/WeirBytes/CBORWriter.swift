import NIOCore

/// The kinds of data items, by the three highest bits of their first byte. Source: RFC 8949, section 3.1.
public enum CBORMajorType: UInt8, Sendable {
    case unsigned, negative, bytes, text, array, map, tag, simple
}

/// What stands before a member's value: the name, and before the first the head of the map.
public struct CBORMemberName: Sendable {
    @usableFromInline let name: StaticString
    @usableFromInline let isFirst: Bool

    /// A name. Before the first member comes the head of a map without members; the writer of the map sets it right.
    @inlinable
    public init(_ name: StaticString, isFirst: Bool) {
        self.name = name
        self.isFirst = isFirst
    }

    @inlinable
    var maximumCount: Int { name.utf8CodeUnitCount + CBORHead.maximumSize + 1 }

    /// Writes the bytes from a place on, and gives their end.
    @inlinable
    func write(to target: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
        var end = isFirst ? CBORHead.write(.map, 0, to: target, at: start) : start
        let text = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        end = CBORHead.write(.text, UInt64(text.count), to: target, at: end)
        UnsafeMutableRawBufferPointer(rebasing: target[end...]).copyMemory(from: text)
        return end + text.count
    }
}

/// Writing CBOR, each head as short as it can be. A value goes out with the name before it, if it has one, in one
/// step, since it is the number of steps that costs. Source: RFC 8949.
extension ByteSink {
    /// Appends the head of an item: for an array the number of its elements is the argument, for a map that of its members.
    @inlinable
    public mutating func writeCBORHead(_ type: CBORMajorType, _ argument: Int, after name: CBORMemberName? = nil) {
        writeCBOR(after: name, atMost: CBORHead.maximumSize) {
            CBORHead.write(type, UInt64(argument.magnitude), to: $0, at: $1)
        }
    }

    /// Appends text.
    @inlinable
    public mutating func writeCBORString(_ string: String, after name: CBORMemberName? = nil) {
        var string = string
        string.withUTF8 { writeCBORString(utf8: UnsafeRawBufferPointer($0), after: name) }
    }

    /// Appends text in UTF-8.
    @inlinable
    public mutating func writeCBORString(utf8 text: UnsafeRawBufferPointer, after name: CBORMemberName? = nil) {
        writeCBORString(.text, text, after: name)
    }

    /// Appends text of so many ASCII characters: `write` writes them to the start of what it gets.
    @inlinable
    public mutating func writeCBORString(
        ofASCII count: Int,
        after name: CBORMemberName? = nil,
        _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        writeCBOR(after: name, atMost: CBORHead.maximumSize + count) { target, start in
            let content = CBORHead.write(.text, UInt64(count), to: target, at: start)
            write(UnsafeMutableRawBufferPointer(rebasing: target[content..<content + count]))
            return content + count
        }
    }

    /// Appends a byte string.
    @inlinable
    public mutating func writeCBORBytes(_ bytes: UnsafeRawBufferPointer, after name: CBORMemberName? = nil) {
        writeCBORString(.bytes, bytes, after: name)
    }

    /// Appends a whole number.
    @inlinable
    public mutating func writeCBORInteger(_ integer: Int64, after name: CBORMemberName? = nil) {
        writeCBOR(after: name, atMost: CBORHead.maximumSize) { CBORHead.write(integer, to: $0, at: $1) }
    }

    /// Appends a time as AWS's CBOR carries it: tag 1 and whole milliseconds.
    @inlinable
    public mutating func writeCBORTime(milliseconds: Int64, after name: CBORMemberName? = nil) {
        writeCBOR(after: name, atMost: CBORHead.maximumSize + 1) { target, start in
            let content = CBORHead.write(.tag, 1, to: target, at: start)
            return CBORHead.write(milliseconds, to: target, at: content)
        }
    }

    /// Appends a floating-point number, in 64 bits.
    @inlinable
    public mutating func writeCBORDouble(_ double: Double) {
        write(byte: CBORMajorType.simple.rawValue << 5 | 27)
        withUnsafeBytes(of: double.bitPattern.bigEndian) { write(bytes: $0) }
    }

    /// Appends false or true.
    @inlinable
    public mutating func writeCBORBool(_ bool: Bool) {
        write(byte: CBORMajorType.simple.rawValue << 5 | (bool ? 21 : 20))
    }

    /// Appends `null`.
    @inlinable
    public mutating func writeCBORNull() { write(byte: CBORMajorType.simple.rawValue << 5 | 22) }

    @inlinable
    mutating func writeCBORString(
        _ type: CBORMajorType,
        _ content: UnsafeRawBufferPointer,
        after name: CBORMemberName?
    ) {
        writeCBOR(after: name, atMost: CBORHead.maximumSize + content.count) { target, start in
            let end = CBORHead.write(type, UInt64(content.count), to: target, at: start)
            UnsafeMutableRawBufferPointer(rebasing: target[end...]).copyMemory(from: content)
            return end + content.count
        }
    }

    /// Appends a name and a value of at most `count` bytes, which `value` writes from an index on and gives the end of.
    @inlinable
    mutating func writeCBOR(
        after name: CBORMemberName?,
        atMost count: Int,
        _ value: (UnsafeMutableRawBufferPointer, Int) -> Int
    ) {
        write(atMost: count + (name?.maximumCount ?? 0)) { target, start in
            value(target, name?.write(to: target, at: start) ?? start)
        }
    }

    /// Appends a name alone; a value must follow.
    @inlinable
    public mutating func writeCBORName(_ name: CBORMemberName) { writeCBOR(after: name, atMost: 0) { $1 } }
}

/// The first bytes of a data item.
@usableFromInline
enum CBORHead {
    /// Bytes of a head, at most.
    @usableFromInline static let maximumSize = 9

    /// Writes a head, and gives its end.
    @inlinable
    static func write(
        _ type: CBORMajorType,
        _ argument: UInt64,
        to target: UnsafeMutableRawBufferPointer,
        at start: Int
    ) -> Int {
        let high = type.rawValue << 5
        let information: UInt8
        let width: Int
        switch argument {
        case 0..<24:
            target[start] = high | UInt8(truncatingIfNeeded: argument)
            return start + 1
        case 24...0xFF: (information, width) = (24, 1)
        case 0x100...0xFFFF: (information, width) = (25, 2)
        case 0x1_0000...0xFFFF_FFFF: (information, width) = (26, 4)
        default: (information, width) = (27, 8)
        }
        target[start] = high | information
        for index in 0..<width {
            target[start + 1 + index] = UInt8(truncatingIfNeeded: argument >> UInt64(8 * (width - 1 - index)))
        }
        return start + 1 + width
    }

    /// Writes a whole number, and gives its end.
    @inlinable
    static func write(_ integer: Int64, to target: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
        integer < 0
            ? write(.negative, UInt64(~integer), to: target, at: start)
            : write(.unsigned, UInt64(integer), to: target, at: start)
    }
}
