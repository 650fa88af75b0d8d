/// A pattern of a policy: `*` stands for any characters, none included, `?` for any one.
struct WildcardPattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as it was written.
    let description: String
    private let pattern: [UInt8]
    private let ignoresCase: Bool

    /// A pattern by its text.
    init(_ text: String, ignoresCase: Bool = false) {
        description = text
        self.ignoresCase = ignoresCase
        pattern = Array((ignoresCase ? text.lowercased() : text).utf8)
    }

    /// Whether the pattern matches a text as a whole.
    ///
    /// It goes back to the last star only, so that no pattern takes longer than the product of both lengths.
    func matches(_ text: String) -> Bool {
        let text = Array((ignoresCase ? text.lowercased() : text).utf8)
        var place = 0
        var index = 0
        var star: (place: Int, index: Int)?
        while index < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, index)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == text[index] {
                place += 1
                index += 1
            } else if let last = star {
                // The star takes one more.
                star = (last.place, last.index + 1)
                place = last.place + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Whether the pattern matches any text that begins so.
    ///
    /// It follows all places of the pattern at which the beginning may end: whatever of the pattern is left there, some text
    /// matches it.
    func matchesSomething(beginningWith text: String) -> Bool {
        let text = Array((ignoresCase ? text.lowercased() : text).utf8)
        var places = Set(behindStars(from: 0))
        for byte in text {
            var next: Set<Int> = []
            for place in places where place < pattern.count {
                if pattern[place] == UInt8(ascii: "*") {
                    next.insert(place)
                } else if pattern[place] == UInt8(ascii: "?") || pattern[place] == byte {
                    next.insert(place + 1)
                }
            }
            places = Set(next.flatMap { behindStars(from: $0) })
        }
        return !places.isEmpty
    }

    /// A place, and those behind the stars there, which may stand for nothing.
    private func behindStars(from place: Int) -> ClosedRange<Int> {
        var end = place
        while end < pattern.count, pattern[end] == UInt8(ascii: "*") { end += 1 }
        return place...end
    }
}
