import Synchronization
import WeirModel
import WeirRuntime

/// The `Date` header, made once a second (RFC 9110, section 6.6.1).
final class HTTPDateClock: Sendable {
    private let time: any TimeSource
    private let cached = Mutex((second: Int64.min, text: ""))

    init(time: any TimeSource) { self.time = time }

    /// The time now, for example `Sun, 06 Nov 1994 08:49:37 GMT`.
    var now: String {
        let milliseconds = time.wallMilliseconds
        return cached.withLock { cached in
            if milliseconds / 1000 != cached.second { cached = (milliseconds / 1000, Self.text(milliseconds)) }
            return cached.text
        }
    }

    private static func text(_ milliseconds: Int64) -> String {
        let date = CivilDate(millisecondsSinceEpoch: milliseconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(date.hour)):\(two(date.minute)):\(two(date.second))"
        return "\(date.weekdayName), \(two(date.day)) \(date.monthName) \(date.year) \(clock) GMT"
    }
}
