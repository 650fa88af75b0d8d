import WeirModel

/// An exact decimal number of up to 38 digits, as DynamoDB's: ± coefficient × 10^exponent.
struct DecimalNumber: Hashable, Comparable, CustomStringConvertible {
    /// False for zero.
    private let isNegative: Bool
    /// Without zeros at its end; 0 for zero. At most 10^38 − 1.
    private let coefficient: UInt128
    /// 0 for zero.
    private let exponent: Int

    private static let maximumDigits = 38

    /// A number in canonical form: no exponent, no superfluous zeros. Nil when it is none, or has too many digits.
    init?(_ text: String) {
        var isNegative = false
        var coefficient: UInt128 = 0
        var exponent = 0
        var zeros = 0
        var isFraction = false
        var hasDigits = false
        for (place, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where place == 0: isNegative = true
            case UInt8(ascii: ".") where !isFraction: isFraction = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                hasDigits = true
                if isFraction { exponent -= 1 }
                guard byte != UInt8(ascii: "0") else {
                    zeros += 1
                    continue
                }
                // Zeros count only once another digit follows.
                for _ in 0...(coefficient == 0 ? 0 : zeros) {
                    let (product, overflow) = coefficient.multipliedReportingOverflow(by: 10)
                    guard !overflow else { return nil }
                    coefficient = product
                }
                coefficient += UInt128(byte - UInt8(ascii: "0"))
                zeros = 0
            default: return nil
            }
        }
        guard hasDigits else { return nil }
        self.init(isNegative: isNegative, coefficient: coefficient, exponent: exponent + zeros)
        guard digitCount <= Self.maximumDigits else { return nil }
    }

    private init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
        var coefficient = coefficient
        var exponent = exponent
        while coefficient != 0, coefficient % 10 == 0 {
            coefficient /= 10
            exponent += 1
        }
        self.isNegative = isNegative && coefficient != 0
        self.coefficient = coefficient
        self.exponent = coefficient == 0 ? 0 : exponent
    }

    private var digitCount: Int { Self.digitCount(coefficient) }

    private static func digitCount(_ number: UInt128) -> Int {
        var count = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }

    /// The power of ten of the first digit.
    private var magnitude: Int { digitCount + exponent - 1 }

    private static func scaled(_ number: UInt128, by powerOfTen: Int) -> UInt128? {
        var result = number
        for _ in 0..<powerOfTen {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            result = product
        }
        return result
    }

    static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? isSmaller(right, left) : isSmaller(left, right)
    }

    /// Whether `left` is nearer to zero.
    private static func isSmaller(_ left: DecimalNumber, _ right: DecimalNumber) -> Bool {
        if left.coefficient == 0 || right.coefficient == 0 { return left.coefficient == 0 && right.coefficient != 0 }
        if left.magnitude != right.magnitude { return left.magnitude < right.magnitude }
        // The same first digit's place: with as many digits, the coefficients compare. 38 digits fit.
        let leftCoefficient = scaled(left.coefficient, by: max(0, right.digitCount - left.digitCount))
        let rightCoefficient = scaled(right.coefficient, by: max(0, left.digitCount - right.digitCount))
        return (leftCoefficient ?? .max) < (rightCoefficient ?? .max)
    }

    /// The number with the other sign.
    var negated: DecimalNumber {
        DecimalNumber(isNegative: !isNegative, coefficient: coefficient, exponent: exponent)
    }

    /// The exact sum. Throws `validation` when it has more than 38 digits, or is too large.
    func adding(_ other: DecimalNumber) throws(ServiceError) -> DecimalNumber {
        if coefficient == 0 { return other }
        if other.coefficient == 0 { return self }
        let common = min(exponent, other.exponent)
        // The last digit of the one with the smaller exponent stays: what does not fit 128 bits here has more than 38
        // digits after the addition too.
        guard let left = Self.scaled(coefficient, by: exponent - common),
            let right = Self.scaled(other.coefficient, by: other.exponent - common)
        else { throw Self.tooManyDigits }

        let sum: DecimalNumber
        if isNegative == other.isNegative {
            let (magnitude, overflow) = left.addingReportingOverflow(right)
            guard !overflow else { throw Self.tooManyDigits }
            sum = DecimalNumber(isNegative: isNegative, coefficient: magnitude, exponent: common)
        } else if left >= right {
            sum = DecimalNumber(isNegative: isNegative, coefficient: left - right, exponent: common)
        } else {
            sum = DecimalNumber(isNegative: other.isNegative, coefficient: right - left, exponent: common)
        }
        guard sum.digitCount <= Self.maximumDigits else { throw Self.tooManyDigits }
        guard sum.magnitude <= 125 else {
            throw ServiceError(
                .validation,
                "Number overflow. Attempting to store a number with magnitude larger than supported range"
            )
        }
        return sum
    }

    private static var tooManyDigits: ServiceError {
        ServiceError(.validation, "Attempting to store more than 38 significant digits in a Number")
    }

    /// The canonical form.
    var description: String {
        let sign = isNegative ? "-" : ""
        let digits = String(coefficient)
        if exponent >= 0 { return sign + digits + String(repeating: "0", count: exponent) }
        let places = -exponent
        if digits.utf8.count > places {
            return sign + digits.dropLast(places) + "." + digits.suffix(places)
        }
        return sign + "0." + String(repeating: "0", count: places - digits.utf8.count) + digits
    }
}
