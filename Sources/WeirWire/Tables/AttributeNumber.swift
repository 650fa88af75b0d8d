import WeirModel

/// The numbers of DynamoDB: decimals of up to 38 significant digits, from 1E-130 to 9.99…E+125, carried as text.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
public enum AttributeNumber {
    /// The one form that DynamoDB gives a number back in: no exponent, no superfluous zeros or signs. Throws
    /// `validation` when the text is no number or out of range.
    public static func canonical(_ text: String) throws(ServiceError) -> String {
        // Most numbers are canonical as they come.
        if let integer = Int64(text), integer.magnitude < 1_000_000_000_000_000_000, String(integer) == text {
            return text
        }
        guard let decimal = Decimal(text) else {
            let suffix = text.isEmpty ? "" : ": \(text)"
            throw ServiceError(.validation, "The parameter cannot be converted to a numeric value\(suffix)")
        }
        guard !decimal.digits.isEmpty else { return "0" }
        if decimal.magnitude > 125 {
            throw ServiceError(
                .validation,
                "Number overflow. Attempting to store a number with magnitude larger than supported range"
            )
        }
        if decimal.magnitude < -130 {
            throw ServiceError(
                .validation,
                "Number underflow. Attempting to store a number with magnitude smaller than supported range"
            )
        }
        if decimal.digits.count > 38 {
            throw ServiceError(.validation, "Attempting to store more than 38 significant digits in a Number")
        }
        return decimal.description
    }
}

/// A number taken apart: 0.d₁d₂d₃… × 10^(magnitude + 1), without zeros at either end of the digits.
private struct Decimal: CustomStringConvertible {
    var isNegative = false
    var digits: [UInt8] = []
    /// The power of ten of the first digit.
    var magnitude = 0

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        let integer = rest.prefix(while: Decimal.isDigit)
        rest = rest[integer.endIndex...]
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: Decimal.isDigit)
            rest = rest[fraction.endIndex...]
        }
        guard !integer.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = 0
        if let mark = rest.first {
            let power = rest.dropFirst()
            guard mark | 0x20 == UInt8(ascii: "e"), let value = Decimal.exponent(power) else { return nil }
            exponent = value
        }

        digits = Array(integer + fraction)
        let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leadingZeros)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        magnitude = integer.count - 1 - leadingZeros + exponent
    }

    /// An exponent, kept within a range that the sum with any length of digits cannot leave.
    private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
        var text = text
        let sign = text.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { text.removeFirst() }
        guard !text.isEmpty, text.allSatisfy(isDigit) else { return nil }
        let value = text.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1 << 40) }
        return sign == UInt8(ascii: "-") ? -value : value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    var description: String {
        var text = isNegative ? "-" : ""
        let zero = Character("0")
        if magnitude < 0 {
            text += "0." + String(repeating: zero, count: -magnitude - 1) + String(decoding: digits, as: UTF8.self)
        } else if digits.count <= magnitude + 1 {
            text += String(decoding: digits, as: UTF8.self)
            text += String(repeating: zero, count: magnitude + 1 - digits.count)
        } else {
            text += String(decoding: digits[...magnitude], as: UTF8.self) + "."
            text += String(decoding: digits[(magnitude + 1)...], as: UTF8.self)
        }
        return text
    }
}
