/// When a put is acknowledged: a setting of a server, and of a stream by a tag.
public enum Durability: Hashable, Sendable, CustomStringConvertible {
    /// When its records are synced. Nothing that was acknowledged is ever lost.
    case always
    /// When its records are handed to the file. They are synced at the latest so many milliseconds after the first that is not:
    /// a power cut, or a crash of the operating system, may take what was acknowledged in that time. The end of the process
    /// takes nothing.
    case interval(milliseconds: Int)

    /// The key of the tag with which a stream is told.
    public static let tagKey = "weir:durability"

    /// What the setting may be, for people.
    public static let grammar = """
        always, or interval(N) or interval:N with N from \(Limits.durabilityIntervalInMilliseconds.lowerBound) to \
        \(Limits.durabilityIntervalInMilliseconds.upperBound) milliseconds
        """

    /// The setting of a text, `always`, `interval(100)` or `interval:100`; nil when it is none.
    public init?(_ text: String) {
        if text == "always" {
            self = .always
            return
        }
        let prefix = "interval"
        guard text.hasPrefix(prefix) else { return nil }
        var number = text.dropFirst(prefix.count)
        if number.hasPrefix("("), number.hasSuffix(")") {
            number = number.dropFirst().dropLast()
        } else if number.hasPrefix(":") {
            number = number.dropFirst()
        } else {
            return nil
        }
        let range = Limits.durabilityIntervalInMilliseconds
        guard number.utf8.count <= String(range.upperBound).utf8.count,
            number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let milliseconds = Int(number),
            range.contains(milliseconds)
        else { return nil }
        self = .interval(milliseconds: milliseconds)
    }

    public var description: String {
        switch self {
        case .always: "always"
        case .interval(let milliseconds): "interval(\(milliseconds))"
        }
    }
}
