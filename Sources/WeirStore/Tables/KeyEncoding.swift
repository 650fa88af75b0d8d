import WeirModel
import WeirWire

/// The bytes under which the catalogue keeps an item: their order is the order of the keys, and equal keys have equal
/// bytes.
///
/// Text is its UTF-8 bytes, binary is itself, a number is as ``DecimalKey`` says. The keys of one table are of one type,
/// so that no byte needs to tell the types apart.
enum KeyEncoding {
    /// The bytes of a key; never none. Throws `validation`, with DynamoDB's texts, when the key is empty or not of the type
    /// that the table has (`S`, `N` or `B`).
    static func bytes(of key: AttributeValue, name: String, type: String) throws(ServiceError) -> [UInt8] {
        switch (key, type) {
        case (.string(let text), "S"):
            guard !text.isEmpty else { throw empty("string", name: name) }
            return Array(text.utf8)
        case (.binary(let bytes), "B"):
            guard !bytes.isEmpty else { throw empty("binary", name: name) }
            return bytes
        case (.number(let text), "N"): return try DecimalKey(text).bytes
        default:
            throw ServiceError(.validation, "The provided key element does not match the schema")
        }
    }

    private static func empty(_ type: String, name: String) -> ServiceError {
        ServiceError(
            .validation,
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                + "\(type) value. Key: \(name)"
        )
    }
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
