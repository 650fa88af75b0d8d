import WeirModel
import WeirWire

/// The bytes under which the catalogue keeps an item: their order is the order of the keys, and equal keys have equal
/// bytes.
///
/// Text is its UTF-8 bytes, binary is itself, a number is as ``DecimalKey`` says. The keys of one table are of one type,
/// so that no byte needs to tell the types apart. Where there is a range key, each zero byte of the hash key is followed
/// by 255, two zero bytes end it, and the bytes of the range key follow.
enum KeyEncoding {
    /// The bytes of a key; never none. Throws `validation`, with DynamoDB's texts, when an attribute is missing, empty, or
    /// not of the type that the schema has.
    static func bytes(of key: Item, _ schema: KeySchema) throws(ServiceError) -> [UInt8] {
        guard let hash = key[schema.hash.name] else { throw mismatch }
        guard let rangeKey = schema.range else { return try bytes(of: hash, schema.hash) }
        guard let range = key[rangeKey.name] else { throw mismatch }
        return try prefix(hash, schema.hash) + bytes(of: range, rangeKey)
    }

    /// The bytes of one attribute of a key.
    static func bytes(of value: AttributeValue, _ attribute: KeyAttribute) throws(ServiceError) -> [UInt8] {
        switch (value, attribute.type) {
        case (.string(let text), "S"):
            guard !text.isEmpty else { throw empty("string", attribute) }
            return Array(text.utf8)
        case (.binary(let bytes), "B"):
            guard !bytes.isEmpty else { throw empty("binary", attribute) }
            return bytes
        case (.number(let text), "N"): return try DecimalKey(text).bytes
        default: throw mismatch
        }
    }

    /// What the keys with a hash key begin with, where there is a range key.
    private static func prefix(_ hash: AttributeValue, _ attribute: KeyAttribute) throws(ServiceError) -> [UInt8] {
        var prefix: [UInt8] = []
        for byte in try bytes(of: hash, attribute) {
            prefix.append(byte)
            if byte == 0 { prefix.append(255) }
        }
        return prefix + [0, 0]
    }

    /// The part of a key's bytes that its hash key makes.
    static func hashPart(of key: [UInt8], _ schema: KeySchema) -> ArraySlice<UInt8> {
        guard schema.range != nil else { return key[...] }
        var place = 0
        while place + 1 < key.count, key[place] != 0 || key[place + 1] != 0 { place += key[place] == 0 ? 2 : 1 }
        return key[..<min(place, key.count)]
    }

    /// The keys with a hash key whose range key meets a condition.
    static func keys(
        _ schema: KeySchema,
        hash: AttributeValue,
        range condition: RangeCondition?
    ) throws(ServiceError) -> KeyRange {
        guard let attribute = schema.range else {
            let key = try bytes(of: hash, schema.hash)
            return KeyRange(from: key, upTo: key + [0])
        }
        let prefix = try prefix(hash, schema.hash)
        // The prefix ends with two zero bytes: nothing of another hash key lies below this.
        let end = Array(prefix.dropLast()) + [1]
        func key(_ value: AttributeValue) throws(ServiceError) -> [UInt8] { prefix + (try bytes(of: value, attribute)) }
        // What follows a key at once is the key with a zero byte more.
        switch condition {
        case nil: return KeyRange(from: prefix, upTo: end)
        case .equal(let value)?: return KeyRange(from: try key(value), upTo: try key(value) + [0])
        case .below(let value, let inclusive)?:
            return KeyRange(from: prefix, upTo: try key(value) + (inclusive ? [0] : []))
        case .above(let value, let inclusive)?:
            return KeyRange(from: try key(value) + (inclusive ? [] : [0]), upTo: end)
        case .between(let low, let high)?: return KeyRange(from: try key(low), upTo: try key(high) + [0])
        case .begins(let value)?:
            let first = try key(value)
            // The first bytes that are above all that begin so. The prefix has a byte that can grow.
            var above = first
            while above.last == 255 { above.removeLast() }
            if let last = above.popLast() { above.append(last + 1) }
            return KeyRange(from: first, upTo: above)
        }
    }

    private static var mismatch: ServiceError {
        ServiceError(.validation, "The provided key element does not match the schema")
    }

    private static func empty(_ type: String, _ attribute: KeyAttribute) -> ServiceError {
        ServiceError(
            .validation,
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                + "\(type) value. Key: \(attribute.name)"
        )
    }
}

/// The keys from one, which belongs to it, up to another, which does not.
struct KeyRange: Hashable {
    var from: [UInt8]
    /// Nil: there is no end.
    var upTo: [UInt8]?

    /// All keys.
    static let all = KeyRange(from: [], upTo: nil)
}

/// A decimal number as bytes whose order is the order of the numbers.
///
/// The first byte is the sign: 0 below zero, 1 for zero, 2 above. Then, unless the number is zero, one byte of exponent (the
/// power of ten of the first digit, plus 130) and one byte for each significant digit (the digit plus one), without zeros
/// at the end. Below zero all of these bytes are inverted and a byte 255 ends them, so that of two numbers the longer one
/// comes first.
///
/// Numbers have up to 38 significant digits and a magnitude from 1e-130 to 9.9…e125. Source:
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
struct DecimalKey {
    /// Significant digits, at most.
    static let maximumDigits = 38
    /// Powers of ten of the first significant digit.
    static let exponents = -130...125

    /// The bytes.
    let bytes: [UInt8]

    /// The bytes of a number as text. Throws `validation` with DynamoDB's text when it is none, or out of range.
    init(_ text: String) throws(ServiceError) {
        guard let number = Self.parse(text) else {
            throw ServiceError(.validation, "The parameter cannot be converted to a numeric value: \(text)")
        }
        guard let first = number.digits.first else {
            bytes = [1]
            return
        }
        guard number.digits.count <= Self.maximumDigits else {
            throw ServiceError(
                .validation,
                "Attempting to store more than \(Self.maximumDigits) significant digits in a Number"
            )
        }
        guard number.exponent <= Self.exponents.upperBound else {
            throw ServiceError(
                .validation,
                "Number overflow. Attempting to store a number with magnitude larger than supported range"
            )
        }
        guard number.exponent >= Self.exponents.lowerBound else {
            throw ServiceError(
                .validation,
                "Number underflow. Attempting to store a number with magnitude smaller than supported range"
            )
        }
        assert(first != 0)
        let magnitude = [UInt8(number.exponent + 130)] + number.digits.map { $0 + 1 }
        bytes = number.isNegative ? [0] + magnitude.map { ~$0 } + [255] : [2] + magnitude
    }

    /// The parts of `[+-]digits[.digits][e[+-]digits]`: the digits from the first to the last that is not 0, and the power
    /// of ten of the first.
    private static func parse(_ text: String) -> (isNegative: Bool, digits: [UInt8], exponent: Int)? {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }

        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count + 1)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }

        var power = 0
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            guard let parsed = parsePower(rest.dropFirst()) else { return nil }
            power = parsed
            rest = rest.prefix(0)
        }
        guard rest.isEmpty else { return nil }

        let all = (Array(whole) + Array(fraction)).map { $0 - UInt8(ascii: "0") }
        guard let firstPlace = all.firstIndex(where: { $0 != 0 }), let lastPlace = all.lastIndex(where: { $0 != 0 })
        else { return (false, [], 0) }
        return (isNegative, Array(all[firstPlace...lastPlace]), whole.count - 1 - firstPlace + power)
    }

    private static func parsePower(_ text: Substring.UTF8View) -> Int? {
        var digits = text
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy(isDigit) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return isNegative ? -value : value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
