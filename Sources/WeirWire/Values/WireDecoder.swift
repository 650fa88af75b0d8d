import NIOCore
import WeirModel

/// Makes `Decodable` types from a ``WireValue``.
///
/// A member that is null counts as absent. A required one that is absent is refused as the service does, with
/// `validation`; a member of another type with `serialization`. Unknown members are ignored.
public struct WireDecoder: Decoder {
    let value: WireValue
    let format: WireFormat
    public let codingPath: [any CodingKey]
    public var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ value: WireValue, _ format: WireFormat, _ codingPath: [any CodingKey]) {
        self.value = value
        self.format = format
        self.codingPath = codingPath
    }

    /// A value of the type from a tree that was read from a body of the format.
    public static func decode<T: Decodable>(
        _ type: T.Type,
        from value: WireValue,
        format: WireFormat
    ) throws(ServiceError) -> T {
        do {
            return try decode(type, value, format, [])
        } catch let error as ServiceError {
            throw error
        } catch {
            // What a type's own `init(from:)` throws: an enumeration without such a case.
            throw ServiceError(.serialization, "", cause: error)
        }
    }

    static func decode<T: Decodable>(
        _ type: T.Type,
        _ value: WireValue,
        _ format: WireFormat,
        _ path: [any CodingKey]
    ) throws -> T {
        if let found = try special(type, value, format), let result = found as? T { return result }
        switch value {
        // An optional reads null itself.
        case .null: if !(type is any ExpressibleByNilLiteral.Type) { throw WireType.missing(pathText(path)) }
        case .array, .map: break
        default: if type is any StringKeyedDictionary.Type { throw WireType.map.mismatch(value.found) }
        }
        return try T(from: WireDecoder(value, format, path))
    }

    /// The types that a format may have a form of its own for; nil for any other.
    private static func special<T>(
        _ type: T.Type,
        _ value: WireValue,
        _ format: WireFormat
    ) throws(ServiceError) -> Any? {
        if case .null = value { return nil }
        if type == ByteBuffer.self { return try value.bytes(format) }
        if type == Timestamp.self { return try value.timestamp(format) }
        if type == AttributeValue.self { return try AttributeValue(value, format) }
        if type == Item.self { return try Item(value.map(.map), format) }
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
        return KeyedDecodingContainer(WireKeyedDecoding(map: map, format: format, codingPath: codingPath))
    }

    public func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        WireUnkeyedDecoding(elements: try value.elements(), format: format, codingPath: codingPath)
    }

    public func singleValueContainer() throws -> any SingleValueDecodingContainer {
        WireSingleDecoding(value: value, format: format, codingPath: codingPath)
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
