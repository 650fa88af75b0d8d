/// A time as forms carry it: `2026-02-28T12:00:00Z`, with or without a fraction of a second, also in the basic form
/// `20260228T120000Z`, with `Z`, a difference like `+01:00`, or nothing behind it.
struct ISO8601Time {
    /// Milliseconds since 1970.
    let milliseconds: Int64

    /// Reads a time; nil when the text is none.
    init?(_ text: String) {
        var digits = Digits(rest: text.utf8[...])
        guard let year = digits.take(4), let month = digits.take(2, after: "-"), let day = digits.take(2, after: "-"),
            let hour = digits.take(2, after: "T"), let minute = digits.take(2, after: ":"),
            let second = digits.take(2, after: ":"), let fraction = digits.takeFraction(),
            let difference = digits.takeDifference(), digits.rest.isEmpty
        else { return nil }
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61 else { return nil }
        let seconds = (hour * 60 + minute - difference) * 60 + second
        milliseconds = (Self.days(year, month, day) * 86_400 + seconds) * 1000 + fraction
    }

    /// Days since 1970 of a date of the Gregorian calendar. They are counted from March on, so that the leap day ends a
    /// year.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private struct Digits {
        var rest: Substring.UTF8View

        /// A number of so many digits, before which a separator may stand.
        mutating func take(_ count: Int, after separator: Unicode.Scalar? = nil) -> Int64? {
            if let separator, rest.first == UInt8(ascii: separator) { rest = rest.dropFirst() }
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        /// The milliseconds of a fraction of a second, if there is one.
        mutating func takeFraction() -> Int64? {
            guard rest.first == UInt8(ascii: ".") else { return 0 }
            rest = rest.dropFirst()
            let digits = rest.prefix(while: Self.isDigit)
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            let thousandths = digits.prefix(3).reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
            return digits.count == 1 ? thousandths * 100 : digits.count == 2 ? thousandths * 10 : thousandths
        }

        /// The minutes by which the clock goes ahead of UTC.
        mutating func takeDifference() -> Int64? {
            guard let sign = rest.first else { return 0 }
            rest = rest.dropFirst()
            if sign == UInt8(ascii: "Z") { return 0 }
            guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = take(2) else { return nil }
            guard let minutes = rest.isEmpty ? 0 : take(2, after: ":") else { return nil }
            return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
        }

        private static func isDigit(_ byte: UInt8) -> Bool {
            byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        }
    }
}
