import NIOCore

/// A header of an event-stream message: a name, and a value of one of a few types.
public struct EventStreamHeader: Hashable, Sendable {
    /// What a header can say.
    public enum Value: Hashable, Sendable {
        case bool(Bool)
        case byte(Int8)
        case short(Int16)
        case integer(Int32)
        case long(Int64)
        case bytes(ByteBuffer)
        case string(String)
        /// Milliseconds since 1970-01-01T00:00:00Z.
        case timestamp(Int64)
        /// The 16 bytes of a UUID.
        case uuid(ByteBuffer)
    }

    /// The name: 1 to 255 bytes of UTF-8.
    public var name: String
    /// The value.
    public var value: Value

    /// A header from its parts.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// A header that carries text.
    public init(_ name: String, _ text: String) { self.init(name, .string(text)) }
}

extension EventStreamHeader {
    /// Appends the header: its name, the type of its value, and the value.
    func write(to buffer: inout ByteBuffer) {
        let count = UInt8(truncatingIfNeeded: name.utf8.count)
        assert((1...255).contains(name.utf8.count))
        buffer.writeInteger(count)
        buffer.writeString(name)
        switch value {
        case .bool(let bool): buffer.writeInteger(bool ? Kind.true.rawValue : Kind.false.rawValue)
        case .byte(let number): buffer.write(.byte, number)
        case .short(let number): buffer.write(.short, number)
        case .integer(let number): buffer.write(.integer, number)
        case .long(let number): buffer.write(.long, number)
        case .timestamp(let milliseconds): buffer.write(.timestamp, milliseconds)
        case .bytes(let bytes):
            buffer.write(.bytes, UInt16(clamping: bytes.readableBytes))
            buffer.writeImmutableBuffer(bytes)
        case .string(let text):
            buffer.write(.string, UInt16(clamping: text.utf8.count))
            buffer.writeString(text)
        case .uuid(let bytes):
            buffer.writeInteger(Kind.uuid.rawValue)
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// Takes a header from the front; nil when there is none that is whole and valid.
    init?(from buffer: inout ByteBuffer) {
        guard let count = buffer.readInteger(as: UInt8.self), count > 0,
            let bytes = buffer.readSlice(length: Int(count)),
            let name = String(validating: bytes.readableBytesView, as: UTF8.self),
            let kind = buffer.readInteger(as: UInt8.self).flatMap(Kind.init(rawValue:)),
            let value = Value(kind, from: &buffer)
        else { return nil }
        self.init(name, value)
    }

    fileprivate enum Kind: UInt8 {
        case `true` = 0
        case `false` = 1
        case byte = 2
        case short = 3
        case integer = 4
        case long = 5
        case bytes = 6
        case string = 7
        case timestamp = 8
        case uuid = 9
    }
}

extension EventStreamHeader.Value {
    fileprivate init?(_ kind: EventStreamHeader.Kind, from buffer: inout ByteBuffer) {
        func bytes(_ buffer: inout ByteBuffer) -> ByteBuffer? {
            buffer.readInteger(as: UInt16.self).flatMap { buffer.readSlice(length: Int($0)) }
        }
        let value: Self? =
            switch kind {
            case .true: .bool(true)
            case .false: .bool(false)
            case .byte: buffer.readInteger(as: Int8.self).map(Self.byte)
            case .short: buffer.readInteger(as: Int16.self).map(Self.short)
            case .integer: buffer.readInteger(as: Int32.self).map(Self.integer)
            case .long: buffer.readInteger(as: Int64.self).map(Self.long)
            case .timestamp: buffer.readInteger(as: Int64.self).map(Self.timestamp)
            case .bytes: bytes(&buffer).map(Self.bytes)
            case .string:
                bytes(&buffer).flatMap { String(validating: $0.readableBytesView, as: UTF8.self) }.map(Self.string)
            case .uuid: buffer.readSlice(length: 16).map(Self.uuid)
            }
        guard let value else { return nil }
        self = value
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ kind: EventStreamHeader.Kind, _ number: some FixedWidthInteger) {
        writeInteger(kind.rawValue)
        writeInteger(number)
    }
}
