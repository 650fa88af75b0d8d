import WeirModel
import WeirWire

/// A filter of the form `name = :value`, or several of them joined by `AND`.
///
/// It is what the Kinesis Client Library scans its lease tables with.
struct FilterExpression: Sendable {
    /// The conditions, which must all hold.
    let expectations: Expectations

    /// Reads an expression. Throws `validation` when it has another form, or uses a name or value that is not given.
    init(
        _ text: String,
        names: [String: String]?,
        values: [String: AttributeValue]?
    ) throws(ServiceError) {
        var reader = Reader(tokens: Self.tokens(text), names: names ?? [:], values: values ?? [:])
        guard !reader.tokens.isEmpty else {
            throw Self.invalid("The expression can not be empty;")
        }
        var conditions = [try reader.condition()]
        while let joint = reader.next() {
            guard joint.uppercased() == "AND" else { throw reader.syntaxError(at: joint) }
            conditions.append(try reader.condition())
        }
        try reader.checkAllUsed()
        expectations = Expectations(all: conditions)
    }

    /// Names and values by their placeholders, and where reading is.
    private struct Reader {
        let tokens: [String]
        let names: [String: String]
        let values: [String: AttributeValue]
        var place = 0
        var used: Set<String> = []

        mutating func next() -> String? {
            guard place < tokens.count else { return nil }
            defer { place += 1 }
            return tokens[place]
        }

        mutating func condition() throws(ServiceError) -> Expectation {
            let attribute = try name()
            guard let sign = next(), sign == "=" else { throw syntaxError(at: tokens[min(place, tokens.count) - 1]) }
            return Expectation(attribute, equals: try value())
        }

        private mutating func name() throws(ServiceError) -> String {
            guard let token = next() else { throw syntaxError(at: "<EOF>") }
            if token.hasPrefix("#") {
                guard let name = names[token] else {
                    throw FilterExpression.invalid(
                        """
                        An expression attribute name used in the document path is not defined; attribute name: \(token)
                        """
                    )
                }
                used.insert(token)
                return name
            }
            let isName = token.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
                default: false
                }
            }
            guard isName else { throw syntaxError(at: token) }
            return token
        }

        private mutating func value() throws(ServiceError) -> AttributeValue {
            guard let token = next() else { throw syntaxError(at: "<EOF>") }
            guard token.hasPrefix(":") else { throw syntaxError(at: token) }
            guard let value = values[token] else {
                throw FilterExpression.invalid(
                    "An expression attribute value used in expression is not defined; attribute value: \(token)"
                )
            }
            used.insert(token)
            return value
        }

        func checkAllUsed() throws(ServiceError) {
            for (kind, keys) in [("Names", Set(names.keys)), ("Values", Set(values.keys))] {
                let unused = keys.subtracting(used)
                guard unused.isEmpty else {
                    throw ServiceError(
                        .validation,
                        """
                        Value provided in ExpressionAttribute\(kind) unused in expressions: \
                        keys: {\(unused.sorted().joined(separator: ", "))}
                        """
                    )
                }
            }
        }

        func syntaxError(at token: String) -> ServiceError {
            let first = token == "<EOF>" ? place - 1 : place - 2
            let near = tokens[max(0, first)..<min(tokens.count, place + 1)].joined(separator: " ")
            return FilterExpression.invalid("Syntax error; token: \"\(token)\", near: \"\(near)\"")
        }
    }

    /// The words and signs of an expression.
    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        func finish() {
            if !word.isEmpty { tokens.append(word) }
            word = ""
        }
        for character in text {
            switch character {
            case " ", "\t", "\n", "\r": finish()
            case "=", "<", ">", "(", ")", ",":
                finish()
                tokens.append(String(character))
            default: word.append(character)
            }
        }
        finish()
        return tokens
    }

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.validation, "Invalid FilterExpression: \(reason)")
    }
}
