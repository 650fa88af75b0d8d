/// The members of a map, for ``WireDecoder``.
struct WireKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let map: WireMap
    let format: WireFormat
    let codingPath: [any CodingKey]

    var allKeys: [Key] { map.members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { map[key.stringValue] != nil }

    func decodeNil(forKey key: Key) -> Bool { value(key) == .null }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try WireDecoder.decode(type, value(key), format, codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try WireDecoder(value(key), format, codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try WireDecoder(value(key), format, codingPath + [key]).unkeyedContainer()
    }

    func superDecoder() -> any Decoder {
        let key = WireCodingKey(stringValue: "super")
        return WireDecoder(map[key.stringValue] ?? .null, format, codingPath + [key])
    }

    func superDecoder(forKey key: Key) -> any Decoder { WireDecoder(value(key), format, codingPath + [key]) }

    private func value(_ key: Key) -> WireValue { map[key.stringValue] ?? .null }
}

/// The elements of an array, for ``WireDecoder``.
struct WireUnkeyedDecoding: UnkeyedDecodingContainer {
    let elements: [WireValue]
    let format: WireFormat
    let codingPath: [any CodingKey]
    var currentIndex = 0

    init(elements: [WireValue], format: WireFormat, codingPath: [any CodingKey]) {
        self.elements = elements
        self.format = format
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
        return try WireDecoder.decode(type, decoder.value, format, decoder.codingPath)
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
        return WireDecoder(elements[currentIndex], format, path)
    }
}

/// A value alone, for ``WireDecoder``.
struct WireSingleDecoding: SingleValueDecodingContainer {
    let value: WireValue
    let format: WireFormat
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

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try WireDecoder.decode(type, value, format, codingPath) }
}
