import NIOCore

/// What JSON and CBOR are written to: a buffer, or memory that was reserved for a whole message.
public protocol ByteSink {
    /// Where the next byte is written.
    var end: Int { get }

    /// Appends at most `count` bytes: `write` gets memory and a place in it, writes from there on, and gives the end.
    mutating func write(atMost count: Int, _ write: (UnsafeMutableRawBufferPointer, Int) -> Int)

    /// Replaces the byte at a place that was an ``end`` before.
    mutating func set(_ byte: UInt8, at place: Int)
}

extension ByteSink {
    /// Appends a byte.
    @inlinable
    public mutating func write(byte: UInt8) {
        write(atMost: 1) { target, start in
            target[start] = byte
            return start + 1
        }
    }

    /// Appends bytes as they are.
    @inlinable
    public mutating func write(bytes: UnsafeRawBufferPointer) {
        write(atMost: bytes.count) { target, start in
            UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: bytes)
            return start + bytes.count
        }
    }
}

extension ByteBuffer: ByteSink {
    @inlinable
    public var end: Int { writerIndex }

    @inlinable
    public mutating func write(atMost count: Int, _ write: (UnsafeMutableRawBufferPointer, Int) -> Int) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: count) { write($0, 0) }
    }

    @inlinable
    public mutating func set(_ byte: UInt8, at place: Int) { setInteger(byte, at: place) }

    /// Appends what `message` writes, about `count` bytes. It costs less than to write each part to the buffer. Where the
    /// bytes turn out to be more, `message` is called again, and must write the same.
    @inlinable
    public mutating func write(expecting count: Int, _ message: (inout ReservedBytes) -> Void) {
        var needed = count
        var isWritten = false
        while !isWritten {
            writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { space in
                var bytes = ReservedBytes(space)
                message(&bytes)
                isWritten = bytes.end <= space.count
                needed = bytes.end
                return isWritten ? bytes.end : 0
            }
        }
    }
}

/// Memory that was reserved for a message. Where it does not suffice nothing more is written, and only counted.
public struct ReservedBytes: ByteSink {
    @usableFromInline let space: UnsafeMutableRawBufferPointer
    @usableFromInline var place = 0

    /// Where the next byte is written; beyond the memory when it did not suffice: then so much does.
    @inlinable
    public var end: Int { place }

    @inlinable
    init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

    @inlinable
    public mutating func write(atMost count: Int, _ write: (UnsafeMutableRawBufferPointer, Int) -> Int) {
        place = count <= space.count - place ? write(space, place) : place + count
    }

    @inlinable
    public mutating func set(_ byte: UInt8, at place: Int) {
        if place < min(end, space.count) { space[place] = byte }
    }
}
