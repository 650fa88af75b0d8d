/// A word or sign of an expression.
struct ExpressionToken: Equatable, Sendable {
    enum Kind: Sendable {
        /// A letter, then letters, digits and underscores: an attribute, a function or a keyword.
        case name
        /// `#` and a name: stands for an attribute's name.
        case namePlaceholder
        /// `:` and a name: stands for a value.
        case valuePlaceholder
        /// Digits.
        case number
        /// A comparator, bracket, comma, dot, plus or minus.
        case sign
        /// A character that has no place in an expression.
        case unknown
        /// The end of the expression.
        case end
    }

    let kind: Kind
    /// As it stands in the expression; `<EOF>` for the end.
    let text: String
    /// Which bytes of the expression it takes.
    let range: Range<Int>

    /// Whether it is this keyword, in whatever case.
    func isKeyword(_ keyword: String) -> Bool { kind == .name && text.uppercased() == keyword }
}

extension ExpressionToken {
    /// The tokens of an expression, the last of which is its end.
    static func tokens(of bytes: [UInt8]) -> [ExpressionToken] {
        var tokens: [ExpressionToken] = []
        var place = 0
        while place < bytes.count {
            guard !isSpace(bytes[place]) else {
                place += 1
                continue
            }
            let (kind, end) = next(in: bytes, at: place)
            let text = String(decoding: bytes[place..<end], as: UTF8.self)
            tokens.append(ExpressionToken(kind: kind, text: text, range: place..<end))
            place = end
        }
        tokens.append(ExpressionToken(kind: .end, text: "<EOF>", range: bytes.count..<bytes.count))
        return tokens
    }

    private static func next(in bytes: [UInt8], at place: Int) -> (Kind, end: Int) {
        func end(after start: Int, while isPart: (UInt8) -> Bool) -> Int {
            bytes[start...].firstIndex { !isPart($0) } ?? bytes.count
        }
        let byte = bytes[place]
        switch byte {
        case _ where isLetter(byte): return (.name, end(after: place, while: isNamePart))
        case _ where isDigit(byte): return (.number, end(after: place, while: isDigit))
        case UInt8(ascii: "#"), UInt8(ascii: ":"):
            let end = end(after: place + 1, while: isNamePart)
            guard end > place + 1 else { return (.unknown, end) }
            return (byte == UInt8(ascii: "#") ? .namePlaceholder : .valuePlaceholder, end)
        case UInt8(ascii: "<"), UInt8(ascii: ">"):
            let following = place + 1 < bytes.count ? bytes[place + 1] : 0
            let isTwo =
                following == UInt8(ascii: "=") || (byte == UInt8(ascii: "<") && following == UInt8(ascii: ">"))
            return (.sign, place + (isTwo ? 2 : 1))
        case _ where signs.contains(byte): return (.sign, place + 1)
        // A character outside of ASCII with the bytes that continue it.
        default: return (.unknown, end(after: place + 1) { $0 & 0xC0 == 0x80 })
        }
    }

    private static let signs = Set("()[],.=+-".utf8)

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isNamePart(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }
}
