import NIOCore
import WeirModel

/// Makes a ``WireValue`` from `Encodable` types.
public struct WireEncoder: Encoder {
    fileprivate let node: WireNode
    public let codingPath: [any CodingKey]
    public var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The tree of a value. Throws only what the value's own `encode(to:)` throws.
    public static func encode(_ value: some Encodable) throws -> WireValue { try encode(value, []) }

    /// The tree of a part of a message. No message has an `encode(to:)` that throws: only one written by hand can.
    static func value(_ part: some Encodable) -> WireValue {
        do {
            return try encode(part)
        } catch {
            assertionFailure("\(type(of: part)) cannot be written: \(error)")
            return .null
        }
    }

    fileprivate static func encode<T: Encodable>(_ value: T, _ path: [any CodingKey]) throws -> WireValue {
        if let special = special(value) { return special }
        let encoder = WireEncoder(node: WireNode(), codingPath: path)
        try value.encode(to: encoder)
        return encoder.node.value
    }

    /// The types that a format may have a form of its own for; nil for any other.
    private static func special<T>(_ value: T) -> WireValue? {
        if T.self == ByteBuffer.self { return (value as? ByteBuffer).map { .bytes($0) } }
        if T.self == Timestamp.self { return (value as? Timestamp).map { .timestamp($0) } }
        if T.self == AttributeValue.self { return (value as? AttributeValue)?.wireValue }
        if T.self == Item.self { return (value as? Item)?.wireValue }
        return nil
    }

    public func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.become(.map)
        return KeyedEncodingContainer(WireKeyedEncoding(node: node, codingPath: codingPath))
    }

    public func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.become(.array)
        return WireUnkeyedEncoding(node: node, codingPath: codingPath)
    }

    public func singleValueContainer() -> any SingleValueEncodingContainer {
        WireSingleEncoding(node: node, codingPath: codingPath)
    }
}

/// A value under construction. The containers of `Encoder` share what they write to, so this is a class; it never leaves
/// the call of ``WireEncoder/encode(_:)``.
private final class WireNode {
    enum Shape { case single, array, map }
    enum Child {
        case value(WireValue)
        case node(WireNode)
    }

    private var shape = Shape.single
    private var single = WireValue.null
    private var names: [String] = []
    private(set) var children: [Child] = []

    func become(_ shape: Shape) { self.shape = shape }
    func set(_ value: WireValue) { single = value }

    func append(_ child: Child, name: String? = nil) {
        if let name { names.append(name) }
        children.append(child)
    }

    /// What has been written, whole.
    var value: WireValue {
        let values = children.map { child -> WireValue in
            switch child {
            case .value(let value): value
            case .node(let node): node.value
            }
        }
        switch shape {
        case .single: return single
        case .array: return .array(values)
        case .map: return .map(WireMap(zip(names, values).map { WireMember($0, $1) }))
        }
    }
}

private struct WireKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: WireNode
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { node.append(.value(.null), name: key.stringValue) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        node.append(.value(try WireEncoder.encode(value, codingPath + [key])), name: key.stringValue)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { child(key).unkeyedContainer() }

    func superEncoder() -> any Encoder { child(WireCodingKey(stringValue: "super")) }

    func superEncoder(forKey key: Key) -> any Encoder { child(key) }

    private func child(_ key: any CodingKey) -> WireEncoder {
        let child = WireNode()
        node.append(.node(child), name: key.stringValue)
        return WireEncoder(node: child, codingPath: codingPath + [key])
    }
}

private struct WireUnkeyedEncoding: UnkeyedEncodingContainer {
    let node: WireNode
    let codingPath: [any CodingKey]

    var count: Int { node.children.count }

    func encodeNil() { node.append(.value(.null)) }

    func encode<T: Encodable>(_ value: T) throws {
        node.append(.value(try WireEncoder.encode(value, codingPath + [WireCodingKey(count)])))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        child().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }

    func superEncoder() -> any Encoder { child() }

    private func child() -> WireEncoder {
        let child = WireNode()
        let path = codingPath + [WireCodingKey(count)]
        node.append(.node(child))
        return WireEncoder(node: child, codingPath: path)
    }
}

private struct WireSingleEncoding: SingleValueEncodingContainer {
    let node: WireNode
    let codingPath: [any CodingKey]

    func encodeNil() { node.set(.null) }
    func encode(_ value: Bool) { node.set(.bool(value)) }
    func encode(_ value: String) { node.set(.string(value)) }
    func encode(_ value: Double) { node.set(.double(value)) }
    func encode(_ value: Float) { node.set(.double(Double(value))) }
    func encode(_ value: Int) { integer(value) }
    func encode(_ value: Int8) { integer(value) }
    func encode(_ value: Int16) { integer(value) }
    func encode(_ value: Int32) { integer(value) }
    func encode(_ value: Int64) { integer(value) }
    func encode(_ value: UInt) { integer(value) }
    func encode(_ value: UInt8) { integer(value) }
    func encode(_ value: UInt16) { integer(value) }
    func encode(_ value: UInt32) { integer(value) }
    func encode(_ value: UInt64) { integer(value) }

    func encode<T: Encodable>(_ value: T) throws { node.set(try WireEncoder.encode(value, codingPath)) }

    private func integer(_ value: some FixedWidthInteger) {
        node.set(Int64(exactly: value).map { .integer($0) } ?? .double(Double(value)))
    }
}
