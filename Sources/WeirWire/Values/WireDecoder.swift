import NIOCore
import WeirModel

/// Makes `Decodable` types from a ``WireValue``.
///
/// A member that is null counts as absent. A required one that is absent is refused as the service does, with
/// `validation`; a member of another type with `serialization`. Unknown members are ignored.
public struct WireDecoder: Decoder {
    let value: WireValue
    public let codingPath: [any CodingKey]
    public var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ value: WireValue, _ codingPath: [any CodingKey]) {
        self.value = value
        self.codingPath = codingPath
    }

    /// A value of the type from a tree.
    public static func decode<T: Decodable>(_ type: T.Type, from value: WireValue) throws(ServiceError) -> T {
        do {
            return try decode(type, value, [])
        } catch let error as ServiceError {
            throw error
        } catch {
            // What a type's own `init(from:)` throws: an enumeration without such a case.
            throw ServiceError(.serialization, "", cause: error)
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, _ value: WireValue, _ path: [any CodingKey]) throws -> T {
        if let found = try special(type, value), let result = found as? T { return result }
        switch value {
        // An optional reads null itself.
        case .null: if !(type is any ExpressibleByNilLiteral.Type) { throw WireType.missing(pathText(path)) }
        case .array, .map: break
        default: if type is any StringKeyedDictionary.Type { throw WireType.map.mismatch(value.found) }
        }
        return try T(from: WireDecoder(value, path))
    }

    /// The types that a format may have a form of its own for; nil for any other.
    private static func special<T>(_ type: T.Type, _ value: WireValue) throws(ServiceError) -> Any? {
        if case .null = value { return nil }
        if type == ByteBuffer.self { return try value.bytes() }
        if type == Timestamp.self { return try value.timestamp() }
        if type == AttributeValue.self { return try AttributeValue(value) }
        if type == Item.self { return try Item(value.map(.map)) }
        return nil
    }

    /// A place as the service writes it in its errors: `records.1.member.data`.
    static func pathText(_ path: [any CodingKey]) -> String {
        var parts: [String] = []
        for key in path {
            if let index = key.intValue {
                parts.append("\(index + 1)")
                parts.append("member")
            } else {
                parts.append(key.stringValue.prefix(1).lowercased() + key.stringValue.dropFirst())
            }
        }
        return parts.joined(separator: ".")
    }

    public func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let map = try value.map(.structure)
        return KeyedDecodingContainer(WireKeyedDecoding(map: map, codingPath: codingPath))
    }

    public func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        WireUnkeyedDecoding(elements: try value.elements(), codingPath: codingPath)
    }

    public func singleValueContainer() throws -> any SingleValueDecodingContainer {
        WireSingleDecoding(value: value, codingPath: codingPath)
    }
}

/// A dictionary with names as keys, which the service calls a map and not a structure.
private protocol StringKeyedDictionary {}
extension Dictionary: StringKeyedDictionary where Key == String {}

/// The place of an element in an array, or `super`.
struct WireCodingKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init?(intValue: Int) { self.init(intValue) }
}

private struct WireKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let map: WireMap
    let codingPath: [any CodingKey]

    var allKeys: [Key] { map.members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { map[key.stringValue] != nil }

    func decodeNil(forKey key: Key) -> Bool { value(key) == .null }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try WireDecoder.decode(type, value(key), codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try WireDecoder(value(key), codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try WireDecoder(value(key), codingPath + [key]).unkeyedContainer()
    }

    func superDecoder() -> any Decoder {
        let key = WireCodingKey(stringValue: "super")
        return WireDecoder(map[key.stringValue] ?? .null, codingPath + [key])
    }

    func superDecoder(forKey key: Key) -> any Decoder { WireDecoder(value(key), codingPath + [key]) }

    private func value(_ key: Key) -> WireValue { map[key.stringValue] ?? .null }
}

private struct WireUnkeyedDecoding: UnkeyedDecodingContainer {
    let elements: [WireValue]
    let codingPath: [any CodingKey]
    var currentIndex = 0

    init(elements: [WireValue], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    mutating func decodeNil() -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let decoder = try next()
        return try WireDecoder.decode(type, decoder.value, decoder.codingPath)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> WireDecoder {
        let path = codingPath + [WireCodingKey(currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                WireValue.self,
                .init(codingPath: path, debugDescription: "The array has no more elements.")
            )
        }
        defer { currentIndex += 1 }
        return WireDecoder(elements[currentIndex], path)
    }
}

private struct WireSingleDecoding: SingleValueDecodingContainer {
    let value: WireValue
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool { try value.bool() }
    func decode(_ type: String.Type) throws -> String { try value.string() }
    func decode(_ type: Double.Type) throws -> Double { try value.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try value.double()) }
    func decode(_ type: Int.Type) throws -> Int { try value.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try value.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try value.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try value.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try value.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try value.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try value.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try value.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try value.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try value.integer(type) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try WireDecoder.decode(type, value, codingPath) }
}
