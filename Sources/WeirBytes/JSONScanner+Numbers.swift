extension JSONScanner {
    /// Takes a number.
    public mutating func readNumber() throws(JSONError) -> JSONNumber {
        skipWhitespace()
        let start = position
        let isNegative = position < count && bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }

        // The digits without the point, while they fit.
        var mantissa: UInt64 = 0
        var isExact = true
        let integerStart = position
        try takeDigits(into: &mantissa, &isExact)
        if position - integerStart > 1, bytes[integerStart] == UInt8(ascii: "0") {
            throw JSONError(.malformedNumber, at: integerStart)
        }
        var fractionDigits = 0
        if position < count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let fractionStart = position
            try takeDigits(into: &mantissa, &isExact)
            fractionDigits = position - fractionStart
        }
        var hasExponent = false
        if position < count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            hasExponent = true
            position += 1
            if position < count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            var ignored: UInt64 = 0
            var ignoredToo = true
            try takeDigits(into: &ignored, &ignoredToo)
        }

        if isExact, !hasExponent {
            if fractionDigits == 0 {
                if isNegative, mantissa <= Int64.min.magnitude {
                    return .integer(Int64(truncatingIfNeeded: 0 &- mantissa))
                }
                if !isNegative, let integer = Int64(exactly: mantissa) { return .integer(integer) }
            } else if mantissa < 1 << 53, fractionDigits < powersOfTen.count {
                // Both are exact, so the quotient is the nearest double.
                let magnitude = Double(mantissa) / powersOfTen[fractionDigits]
                return .double(isNegative ? -magnitude : magnitude)
            }
        }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        guard let double = Double(text) else { throw JSONError(.malformedNumber, at: start) }
        return .double(double)
    }

    /// Takes one digit or more.
    private mutating func takeDigits(into mantissa: inout UInt64, _ isExact: inout Bool) throws(JSONError) {
        let start = position
        while position < count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = product.addingReportingOverflow(UInt64(digit))
            if overflow || overflowAgain { isExact = false } else { mantissa = sum }
            position += 1
        }
        guard position > start else {
            throw JSONError(position < count ? .malformedNumber : .unexpectedEnd, at: position)
        }
    }
}

/// 10^0 … 10^22: all that a double holds exactly.
private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
