import WeirModel
import WeirSigning

extension Timestamp {
    /// Reads the `Date` header of an answer, such as `Sun, 06 Nov 1994 08:49:37 GMT`; nil when the text is of another
    /// form.
    ///
    /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    init?(httpDate text: String) {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", words[1].utf8.count == 2,
            let month = months.firstIndex(of: String(words[2])).map({ $0 + 1 })
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false).joined()
        self.init(basic: "\(words[3])\(month < 10 ? "0" : "")\(month)\(words[1])T\(clock)Z")
    }

    /// Reads a time such as `2019-11-09T13:34:41Z`, also with a fraction of a second, of which whole milliseconds are
    /// kept, and with another zone (`+01:00`); nil when the text is of another form.
    ///
    /// Source: https://www.rfc-editor.org/rfc/rfc3339
    package init?(iso8601Time text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":")
        else { return nil }
        let basic = [0..<4, 5..<7, 8..<10].flatMap { bytes[$0] } + [bytes[10]]
        let clock = [11..<13, 14..<16, 17..<19].flatMap { bytes[$0] } + [UInt8(ascii: "Z")]
        self.init(basic: String(decoding: basic + clock, as: UTF8.self))
        var zone = bytes[19...]
        if zone.first == UInt8(ascii: ".") {
            let digits = zone.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            let thousandths = (digits.map { Int64($0 - 0x30) } + [0, 0]).prefix(3)
            millisecondsSinceEpoch += thousandths.reduce(0) { $0 * 10 + $1 }
            zone = zone[digits.endIndex...]
        }
        guard let minutes = Self.zoneMinutes(String(decoding: zone, as: UTF8.self)) else { return nil }
        millisecondsSinceEpoch -= minutes * 60_000
    }

    private init?(basic text: String) {
        guard let time = SigningTime(text) else { return nil }
        self.init(millisecondsSinceEpoch: time.secondsSinceEpoch * 1000)
    }

    /// How far a zone (`Z`, `+01:00`) is before UTC.
    private static func zoneMinutes(_ zone: String) -> Int64? {
        if zone == "Z" { return 0 }
        let parts = zone.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard zone.hasPrefix("+") || zone.hasPrefix("-"), parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            let hours = UInt8(parts[0]), let minutes = UInt8(parts[1]), hours < 24, minutes < 60
        else { return nil }
        return (zone.hasPrefix("-") ? -1 : 1) * (Int64(hours) * 60 + Int64(minutes))
    }
}
