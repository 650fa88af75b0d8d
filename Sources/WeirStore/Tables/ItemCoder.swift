import NIOCore
import WeirWire

/// The bytes of an item in the catalogue: see `docs/formats/data-folder.md`.
enum ItemCoder {
    /// The first byte of every item.
    static let format: UInt8 = 1

    private enum Tag: UInt8 {
        case string = 1
        case number = 2
        case binary = 3
        case bool = 4
        case null = 5
        case stringSet = 6
        case numberSet = 7
        case binarySet = 8
        case list = 9
        case map = 10
    }

    /// The bytes of an item. The same item always gives the same bytes.
    static func encode(_ item: Item) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(format)
        write(item, to: &buffer)
        return buffer
    }

    /// The item of some bytes; nil when they are not one.
    static func decode(_ bytes: ByteBuffer) -> Item? {
        var rest = bytes
        guard rest.readInteger(as: UInt8.self) == format, let item = readMap(from: &rest), rest.readableBytes == 0
        else {
            return nil
        }
        return item
    }

    // MARK: Writing

    private static func write(_ map: [String: AttributeValue], to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(map.count))
        for (name, value) in map.sorted(by: { $0.key < $1.key }) {
            write(name, to: &buffer)
            write(value, to: &buffer)
        }
    }

    private static func write(_ text: String, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(text.utf8.count))
        buffer.writeString(text)
    }

    private static func write(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(bytes.count))
        buffer.writeBytes(bytes)
    }

    private static func write<Element>(
        _ elements: some Collection<Element>,
        tag: Tag,
        to buffer: inout ByteBuffer,
        each: (Element, inout ByteBuffer) -> Void
    ) {
        buffer.writeInteger(tag.rawValue)
        buffer.writeInteger(UInt32(elements.count))
        for element in elements { each(element, &buffer) }
    }

    private static func write(_ value: AttributeValue, to buffer: inout ByteBuffer) {
        switch value {
        case .string(let text):
            buffer.writeInteger(Tag.string.rawValue)
            write(text, to: &buffer)
        case .number(let text):
            buffer.writeInteger(Tag.number.rawValue)
            write(text, to: &buffer)
        case .binary(let bytes):
            buffer.writeInteger(Tag.binary.rawValue)
            write(bytes, to: &buffer)
        case .bool(let flag):
            buffer.writeInteger(Tag.bool.rawValue)
            buffer.writeInteger(flag ? 1 : 0, as: UInt8.self)
        case .null:
            buffer.writeInteger(Tag.null.rawValue)
        case .stringSet(let texts):
            write(texts.sorted(), tag: .stringSet, to: &buffer) { write($0.text, to: &$1) }
        case .numberSet(let texts):
            write(texts.sorted(), tag: .numberSet, to: &buffer) { write($0, to: &$1) }
        case .binarySet(let blobs):
            let sorted = blobs.sorted { $0.lexicographicallyPrecedes($1) }
            write(sorted, tag: .binarySet, to: &buffer) { write($0, to: &$1) }
        case .list(let values):
            write(values, tag: .list, to: &buffer) { write($0, to: &$1) }
        case .map(let values):
            buffer.writeInteger(Tag.map.rawValue)
            write(values, to: &buffer)
        }
    }

    // MARK: Reading

    private static func readMap(from buffer: inout ByteBuffer) -> [String: AttributeValue]? {
        guard let count = buffer.readInteger(as: UInt32.self) else { return nil }
        var map: [String: AttributeValue] = [:]
        for _ in 0..<count {
            guard let name = readText(from: &buffer), let value = readValue(from: &buffer) else { return nil }
            map[name] = value
        }
        return map
    }

    private static func readText(from buffer: inout ByteBuffer) -> String? {
        buffer.readInteger(as: UInt32.self).flatMap { buffer.readString(length: Int($0)) }
    }

    private static func readBytes(from buffer: inout ByteBuffer) -> [UInt8]? {
        buffer.readInteger(as: UInt32.self).flatMap { buffer.readBytes(length: Int($0)) }
    }

    private static func readElements<Element>(
        from buffer: inout ByteBuffer,
        each: (inout ByteBuffer) -> Element?
    ) -> [Element]? {
        guard let count = buffer.readInteger(as: UInt32.self) else { return nil }
        var elements: [Element] = []
        for _ in 0..<count {
            guard let element = each(&buffer) else { return nil }
            elements.append(element)
        }
        return elements
    }

    private static func readValue(from buffer: inout ByteBuffer) -> AttributeValue? {
        guard let tag = buffer.readInteger(as: UInt8.self).flatMap(Tag.init(rawValue:)) else { return nil }
        switch tag {
        case .string: return readText(from: &buffer).map { .string($0) }
        case .number: return readText(from: &buffer).map { .number($0) }
        case .binary: return readBytes(from: &buffer).map { .binary($0) }
        case .bool: return buffer.readInteger(as: UInt8.self).map { .bool($0 != 0) }
        case .null: return .null
        case .stringSet:
            return readElements(from: &buffer, each: readText).map { texts in
                .stringSet(Set(texts.map { ExactText($0) }))
            }
        case .numberSet: return readElements(from: &buffer, each: readText).map { .numberSet(Set($0)) }
        case .binarySet: return readElements(from: &buffer, each: readBytes).map { .binarySet(Set($0)) }
        case .list: return readElements(from: &buffer, each: readValue).map { .list($0) }
        case .map: return readMap(from: &buffer).map { .map($0) }
        }
    }
}
