import WeirModel

/// Reads the tokens of an expression one after the other.
struct ExpressionReader {
    let kind: ExpressionKind
    private let bytes: [UInt8]
    private let tokens: [ExpressionToken]
    private var place = 0

    /// A reader at the first token. Throws `validation` when the expression is empty or too long.
    init(_ text: String, _ kind: ExpressionKind) throws(ServiceError) {
        self.kind = kind
        bytes = Array(text.utf8)
        guard bytes.count <= Limits.maximumExpressionSizeInBytes else {
            throw kind.invalid(
                "Expression size has exceeded the maximum allowed size; expression size: \(bytes.count)"
            )
        }
        tokens = ExpressionToken.tokens(of: bytes)
        guard tokens.count > 1 else { throw kind.invalid("The expression can not be empty;") }
    }

    /// The token that is next.
    var current: ExpressionToken { tokens[place] }

    /// The token after the next.
    var following: ExpressionToken { tokens[min(place + 1, tokens.count - 1)] }

    /// Goes on by a token, and returns it; the end stays.
    @discardableResult
    mutating func advance() -> ExpressionToken {
        let token = current
        if place < tokens.count - 1 { place += 1 }
        return token
    }

    /// Goes on when the next token is this sign.
    mutating func take(_ sign: String) -> Bool {
        guard current.kind == .sign, current.text == sign else { return false }
        advance()
        return true
    }

    /// Goes on when the next token is this keyword.
    mutating func takeKeyword(_ keyword: String) -> Bool {
        guard current.isKeyword(keyword) else { return false }
        advance()
        return true
    }

    /// Goes on by this sign. Throws when another token is next.
    mutating func expect(_ sign: String) throws(ServiceError) {
        guard take(sign) else { throw syntaxError() }
    }

    /// Throws unless everything was read.
    func expectEnd() throws(ServiceError) {
        guard current.kind == .end else { throw syntaxError() }
    }

    /// The error of an expression in which the next token has no place. It shows the tokens around.
    func syntaxError() -> ServiceError { syntaxError(at: place) }

    /// The error of an expression in which the token before the next has no place.
    func syntaxErrorBefore() -> ServiceError { syntaxError(at: max(0, place - 1)) }

    private func syntaxError(at place: Int) -> ServiceError {
        let token = tokens[place]
        let start = tokens[max(0, place - 1)].range.lowerBound
        let end = tokens[min(place + 1, tokens.count - 1)]
        let last = token.kind == .end ? tokens[max(0, place - 1)] : end.kind == .end ? token : end
        let near = String(decoding: bytes[start..<max(start, last.range.upperBound)], as: UTF8.self)
        return kind.invalid("Syntax error; token: \"\(token.text)\", near: \"\(near)\"")
    }
}
