/// The time of a signature, in the two forms that it is written in, both in UTC.
public struct SigningTime: Hashable, Sendable {
    /// `YYYYMMDD`, as in the credential scope.
    public let date: String
    /// `YYYYMMDD'T'HHMMSS'Z'`, as in the header `x-amz-date`.
    public let dateTime: String
    /// Seconds since 1970-01-01T00:00:00Z.
    package let secondsSinceEpoch: Int64

    /// A time by its milliseconds since 1970-01-01T00:00:00Z, cut to the second.
    ///
    /// The years 1 to 9999 can be written; a time outside them is moved to the nearest end.
    public init(millisecondsSinceEpoch: Int64) {
        let earliest: Int64 = -62_135_596_800
        let latest: Int64 = 253_402_300_799
        let seconds = min(max(millisecondsSinceEpoch.floorDivided(by: 1000), earliest), latest)
        let days = seconds.floorDivided(by: 86_400)
        let secondOfDay = seconds - days * 86_400
        let (year, month, day) = Self.civilDate(daysSinceEpoch: days)
        let date = Self.digits(year, 4) + Self.digits(month, 2) + Self.digits(day, 2)
        let hour = secondOfDay / 3600
        let minute = secondOfDay / 60 % 60
        let second = secondOfDay % 60
        secondsSinceEpoch = seconds
        self.date = date
        dateTime = date + "T" + Self.digits(hour, 2) + Self.digits(minute, 2) + Self.digits(second, 2) + "Z"
    }

    /// The date in the Gregorian calendar. Years are counted from March, so that the leap day is a year's last.
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let daysPerEra: Int64 = 146_097  // 400 years
        let days = daysSinceEpoch + 719_468  // since 0000-03-01
        let era = days.floorDivided(by: daysPerEra)
        let dayOfEra = days - era * daysPerEra
        let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / (daysPerEra - 1)
        let yearOfEra = (dayOfEra - leapDays) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    private static func digits(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity; the divisor is positive.
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
